// Stands in for gRPC and protobuf, which dockerode loads for BuildKit sessions only.
module.exports = {};
