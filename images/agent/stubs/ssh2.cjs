// Stands in for ssh2, which docker-modem loads at its top level; the agent speaks to a Unix socket only.
exports.Client = class {};
