import type { SqlParameter } from "../sql/value.ts";

const INT64_LIMIT = 2n ** 63n;

/** A statement's parameters: names with their prefix ("" for a plain `?`), and keys without it. */
export interface ParameterShape {
  readonly names: readonly string[];
  readonly keys: readonly string[];
  /** Whether any has a name; `?5` has none. */
  readonly named: boolean;
  readonly allNamed: boolean;
}

export function parameterShape(names: readonly string[]): ParameterShape {
  const keys = names.map((name) => name.slice(1));
  return { names, keys, named: names.some(hasName), allNamed: names.every(hasName) };
}

/**
 * The values of a statement's parameters from the arguments of run, get, all, iterate or bind:
 * values and lists of values by position, and at most one plain object by name. `?5` counts by
 * position, and by the name "5" when there is an object. Errors are better-sqlite3's.
 */
export function bindArguments(shape: ParameterShape, args: readonly unknown[]): SqlParameter[] {
  const { names, keys } = shape;
  if (shape.allNamed && args.length === 1 && isPlainObject(args[0])) {
    const object = args[0];
    return keys.map((key) => check(ownValue(object, key)));
  }
  const withObject = args.some(isPlainObject);
  const isNamed = (i: number): boolean =>
    names[i] !== "" && (withObject || !names[i].startsWith("?"));
  const values: SqlParameter[] = new Array<SqlParameter>(names.length).fill(null);
  let bound = 0;
  let next = 0; // the next parameter by position
  let seenObject = false;

  const byPosition = (value: unknown): void => {
    while (next < names.length && isNamed(next)) next++;
    const checked = check(value);
    if (next >= names.length) throw tooMany();
    values[next++] = checked;
    bound++;
  };
  const byName = (object: Record<string, unknown>): void => {
    for (let i = 0; i < names.length; i++) {
      if (!isNamed(i)) continue;
      values[i] = check(ownValue(object, keys[i]));
      bound++;
    }
  };

  for (const arg of args) {
    if (Array.isArray(arg)) arg.forEach(byPosition);
    else if (isPlainObject(arg)) {
      if (seenObject) {
        throw new TypeError("You cannot specify named parameters in two different objects");
      }
      seenObject = true;
      byName(arg);
    } else {
      if (typeof arg === "object" && arg !== null && !isBytes(arg) && shape.named) {
        throw new TypeError("Named parameters can only be passed within plain objects");
      }
      byPosition(arg);
    }
  }
  if (bound < names.length) {
    if (!seenObject && shape.named) throw new TypeError("Missing named parameters");
    throw new RangeError("Too few parameter values were provided");
  }
  return values;
}

function ownValue(object: Record<string, unknown>, key: string): unknown {
  if (!Object.hasOwn(object, key)) throw new RangeError(`Missing named parameter "${key}"`);
  return object[key];
}

/** Whether these arguments are one value per parameter, so that they can be bound as they are. */
export function areValues(args: readonly unknown[]): args is SqlParameter[] {
  for (const value of args) {
    switch (typeof value) {
      case "number":
      case "string":
        continue;
      default:
        if (value !== null && !(value instanceof Uint8Array)) return false;
    }
  }
  return true;
}

const hasName = (name: string): boolean => name !== "" && !name.startsWith("?");

function check(value: unknown): SqlParameter {
  switch (typeof value) {
    case "number":
    case "string":
      return value;
    case "undefined":
      return null;
    case "bigint":
      if (value >= INT64_LIMIT || value < -INT64_LIMIT) {
        throw new RangeError("The bound string, buffer, or bigint is too big");
      }
      return value;
    case "object":
      if (value === null || isBytes(value)) return value;
  }
  throw new TypeError("SQLite3 can only bind numbers, strings, bigints, buffers, and null");
}

const isBytes = (value: object): value is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

const tooMany = (): RangeError => new RangeError("Too many parameter values were provided");

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return true;
  // Of this realm or of another: the end of its chain, where hasOwnProperty is.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty");
}
