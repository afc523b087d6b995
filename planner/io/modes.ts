// Who may read what the planner writes.

/** Its owner alone: what holds a key, a host config or a plan with its words. */
export const privateFile = 0o600;
export const privateDirectory = 0o700;
/** All: certificates, sealed files, what belongs into version control. */
export const openFile = 0o644;
