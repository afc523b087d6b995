// Controllers of kube-controller-manager 1.36, by its help, those that 1.38 adds, and their older names (aliases in its descriptors).

export const controllerNames: readonly string[] = `
  bootstrap-signer-controller certificatesigningrequest-approving-controller
  certificatesigningrequest-cleaner-controller certificatesigningrequest-signing-controller
  cloud-node-lifecycle-controller clusterrole-aggregation-controller cronjob-controller daemonset-controller
  deployment-controller device-taint-eviction-controller disruption-controller endpoints-controller
  endpointslice-controller endpointslice-mirroring-controller ephemeral-volume-controller
  evictionrequest-controller garbage-collector-controller
  horizontal-pod-autoscaler-controller imperative-eviction-responder-controller job-controller kube-apiserver-serving-clustertrustbundle-publisher-controller
  legacy-serviceaccount-token-cleaner-controller namespace-controller node-ipam-controller node-lifecycle-controller
  node-route-controller persistentvolume-attach-detach-controller persistentvolume-binder-controller
  persistentvolume-expander-controller persistentvolume-protection-controller
  persistentvolumeclaim-protection-controller pod-garbage-collector-controller podcertificaterequest-cleaner-controller
  podgroup-protection-controller replicaset-controller replicationcontroller-controller resourceclaim-controller
  resourcepoolstatusrequest-controller resourcequota-controller root-ca-certificate-publisher-controller
  selinux-warning-controller service-cidr-controller service-lb-controller serviceaccount-controller
  serviceaccount-token-controller statefulset-controller storage-version-migrator-controller
  storageversion-garbage-collector-controller taint-eviction-controller token-cleaner-controller
  ttl-after-finished-controller ttl-controller validatingadmissionpolicy-status-controller
  volumeattributesclass-protection-controller
  attachdetach bootstrapsigner cloud-node-lifecycle clusterrole-aggregation cronjob csrapproving csrcleaner csrsigning
  daemonset deployment disruption endpoint endpointslice endpointslicemirroring ephemeral-volume garbagecollector
  horizontalpodautoscaling job legacy-service-account-token-cleaner namespace nodeipam nodelifecycle
  persistentvolume-binder persistentvolume-expander podgc pv-protection pvc-protection replicaset replicationcontroller
  resource-claim-controller resourcequota root-ca-cert-publisher route service serviceaccount serviceaccount-token
  statefulset storage-version-gc svm tokencleaner ttl ttl-after-finished`
  .trim()
  .split(/\s+/);
