// Which of the things that are said round after round are news. Pure but for its memory; says nothing itself.

/** A round that was whole and did not mention a subject: it is over. */
export type Over<What> = {
  /** What was said of it last. */
  readonly what: What;
  /** In how many rounds it was mentioned. */
  readonly rounds: number;
};

export type News<What> = {
  /**
   * Says `what`, which reads as `text`, of `subject` in the present round. True when it is news: the first word of this subject since it was over, or a text that was
   * not said of it in the last `remembered` rounds.
   */
  readonly say: (subject: string, text: string, what: What) => boolean;
  /** Whether the first word of this subject is of the present round. */
  readonly beganNow: (subject: string) => boolean;
  /**
   * Ends the round. After one that is `whole` all is over that it did not mention, and is forgotten; after one that was cut short nothing is known of
   * what it did not come to.
   */
  readonly endRound: (whole: boolean) => readonly Over<What>[];
};

/** Rounds in which a text is not told again: reasons that take turns, as the addresses of one name do, are told once each. */
export const remembered = 10;
/** Of as many subjects is remembered what was said; those not mentioned for longest go first. */
export const mostSubjects = 1000;

type Told<What> = {
  what: What;
  /** Round in which each text was said last. */
  readonly texts: Map<string, number>;
  readonly began: number;
  last: number;
  rounds: number;
};

export function createNews<What>(): News<What> {
  const subjects = new Map<string, Told<What>>();
  let round = 1;
  return {
    say: (subject, text, what) => {
      const told = subjects.get(subject) ?? {
        what,
        texts: new Map<string, number>(),
        began: round,
        last: 0,
        rounds: 0,
      };
      told.what = what;
      if (told.last !== round) told.rounds += 1;
      told.last = round;
      for (const [other, last] of told.texts) if (round - last > remembered) told.texts.delete(other);
      const isNews = !told.texts.has(text);
      told.texts.set(text, round);
      // what is mentioned goes to the end of the order
      subjects.delete(subject);
      subjects.set(subject, told);
      if (subjects.size > mostSubjects) {
        const [oldest] = subjects.keys();
        if (oldest !== undefined) subjects.delete(oldest);
      }
      return isNews;
    },
    beganNow: (subject) => subjects.get(subject)?.began === round,
    endRound: (whole) => {
      const over = whole ? [...subjects].filter(([, { last }]) => last !== round) : [];
      for (const [subject] of over) subjects.delete(subject);
      round += 1;
      return over.map(([, { what, rounds }]) => ({ what, rounds }));
    },
  };
}
