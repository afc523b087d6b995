// What an operator types on a host for a report that can be carried.

export const reportLine = "docker exec flexkube-agent flexkube-agent status --json";
