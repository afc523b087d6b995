// Where keys that belong to no certificate lie in pki/.

/** The key pair that signs tokens of service accounts. */
export const serviceAccountId = "kubernetes/service-account";
/** The keys that encrypt objects in etcd. */
export const encryptionKeysId = "kubernetes/encryption-keys";
