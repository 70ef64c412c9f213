/** A value as the engine gives it: integers are numbers, or bigint where a number loses digits. */
export type SqlValue = null | number | bigint | string | ArrayBuffer;

/** A value as the engine takes it. */
export type SqlParameter = SqlValue | ArrayBufferView | undefined;

export type SqlRow = Record<string, SqlValue>;
