// How a Node says what flexkube keeps there.

/** Annotation of a Node that lists what is managed there, so that what is no longer desired can be taken away. */
export const managedAnnotation = "flexkube.io/managed";
