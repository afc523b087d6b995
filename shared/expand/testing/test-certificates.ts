// Certificates for tests only: nobody has kept their keys. Issued by the first: etcd's server and peer certificates.
// The keys beside them are text, since expand never reads a key.

/** "flexkube test CA", valid until 2126-10-30. */
export const testCa = `-----BEGIN CERTIFICATE-----
MIIBjDCCATOgAwIBAgIUTZAx+Q5Ffydu9q2wrziJ+8uUIqswCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmxleGt1YmUgdGVzdCBDQTAgFw0yNjExMjMwMDE0MTlaGA8y
MTI2MTAzMDAwMTQxOVowGzEZMBcGA1UEAwwQZmxleGt1YmUgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABMQI0vc3MB8JwkAz2P+ly5h8TehGOvyLrejD
WPcW8B1LNPy9MjzA6qn9VqrskfkCvE7dXOUBDtgGQjMY/x+oYYOjUzBRMB0GA1Ud
DgQWBBTli9qp3Fpg7IXnvc6WyreQA5KurDAfBgNVHSMEGDAWgBTli9qp3Fpg7IXn
vc6WyreQA5KurDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEtv
GtY7qZucJdbDj7BVUM2HHYBJEHX8g/oEdxVmcreyAiAi56c7usuxrxFlQ52chSnL
77MO2DkPaoGuZz3+Pd08vQ==
-----END CERTIFICATE-----
`;

/** "flexkube test etcd server", valid until 2036-11-20. */
export const testServerCertificate = `-----BEGIN CERTIFICATE-----
MIIBuDCCAV+gAwIBAgIUWzIYI07r+OvKTM4XeW7NIAopJpIwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmxleGt1YmUgdGVzdCBDQTAeFw0yNjExMjMwMDE0MTlaFw0z
NjExMjAwMDE0MTlaMCQxIjAgBgNVBAMMGWZsZXhrdWJlIHRlc3QgZXRjZCBzZXJ2
ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATFK6alB+KooZG9xYQSZ2SJoRcZ
YLT2Om/B8J0yeSsGTk+IU6vaWua/+vWdL00i9eUOH+YnuwwykXcPd27tEBK5o3gw
djAVBgNVHREEDjAMhwR/AAABhwR/AAACMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggr
BgEFBQcDAjAdBgNVHQ4EFgQUdieQmG9Qs2RWYu5NoN+/jcV7VeswHwYDVR0jBBgw
FoAU5YvaqdxaYOyF573Olsq3kAOSrqwwCgYIKoZIzj0EAwIDRwAwRAIgfD6WZcXd
+DmV+xceMi4av3DAO3DHdRtEUHd8kjSoXSgCIFptryoMArnzbzDJDWMagANxlnOh
Um0XeQLrB8Wx3l7L
-----END CERTIFICATE-----
`;

/** "flexkube test etcd peer", valid until 2036-10-01: the first to end. */
export const testPeerCertificate = `-----BEGIN CERTIFICATE-----
MIIBtjCCAV2gAwIBAgIUWzIYI07r+OvKTM4XeW7NIAopJpMwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmxleGt1YmUgdGVzdCBDQTAeFw0yNjExMjMwMDE0MTlaFw0z
NjEwMDEwMDE0MTlaMCIxIDAeBgNVBAMMF2ZsZXhrdWJlIHRlc3QgZXRjZCBwZWVy
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECb/NXp27waBnMpNnivNm/+1fds6G
g+smmC6y8r+3Iu4Dk4+HlWrNCe0M929hq3OnIELdEeOK3N+krLEzM2gMyaN4MHYw
FQYDVR0RBA4wDIcEfwAAAYcEfwAAAjAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYB
BQUHAwIwHQYDVR0OBBYEFCUXwWgmBA/YpwoJXS/DaD1+Ti5SMB8GA1UdIwQYMBaA
FOWL2qncWmDshee9zpbKt5ADkq6sMAoGCCqGSM49BAMCA0cAMEQCIGJkxXPJa6lK
ZItPGOXYH3lDyBlGogkVnAMAhOsc1Ep5AiBFtOiNxoBDD4U7NmJXiV93z/KA/ZBT
G8OkEJLbgtqWsg==
-----END CERTIFICATE-----
`;

/** End of the CA's and of the peer certificate's validity. */
export const testCaExpires = "2126-10-30T00:14:19Z";
export const testPeerExpires = "2036-10-01T00:14:19Z";
