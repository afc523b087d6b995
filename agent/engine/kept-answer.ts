// Something that is asked for once and then known. A failure is no answer: who asks next asks anew.

export type KeptAnswer<Answer> = {
  /** All who ask while the answer is on its way share it, and its failure. */
  readonly get: () => Promise<Answer>;
  /** The next to ask asks anew; with an answer, only where that is the one that is kept. */
  readonly forget: (answer?: Answer) => void;
};

export function keptAnswer<Answer>(ask: () => Promise<Answer>): KeptAnswer<Answer> {
  let asked: Promise<Answer> | undefined;
  let known: Answer | undefined;
  const forget = (): void => {
    asked = undefined;
    known = undefined;
  };
  return {
    get: async () => {
      const mine = (asked ??= ask());
      try {
        const answer = await mine;
        if (asked === mine) known = answer;
        return answer;
      } catch (error) {
        if (asked === mine) forget();
        throw error;
      }
    },
    forget: (answer) => {
      if (answer === undefined || answer === known) forget();
    },
  };
}
