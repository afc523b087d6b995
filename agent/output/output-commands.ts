// Commands that print data. Beside their schemas, so that a health check, which reads the same options, loads none of them.

export const outputCommands = [
  "apply",
  "plan",
  "status",
  "events",
  "explain",
  "validate",
  "reset",
  "backup",
  "identity",
  "version",
] as const;
