// What the type tests are made with. They are compiled and never run: npm run check-types does it with the
// oldest TypeScript that is promised and with the newest. A face is a whole table, so that a member that comes,
// goes or changes its type has to be changed here too.

/** The named members of an instance or of a class. */
export type Face<T> = { [Name in keyof T as Name extends string ? Name : never]: T[Name] };

/** Those that it has beside its base's. */
export type Own<T, Base> = Omit<Face<T>, keyof Base>;
