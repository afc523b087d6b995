// Words that Go's programs read as true or false (strconv.ParseBool), whatever their case: what a check means must not hang on that.

export const trueWord = /^(1|t|true)$/i;
export const falseWord = /^(0|f|false)$/i;
