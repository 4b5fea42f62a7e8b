"use strict";
// What the members of an operation or a middleware step may be. Anything else is "unsupported".

const any = () => true;
const bool = (v) => typeof v === "boolean";
const string = (v) => typeof v === "string";
const count = (v) => Number.isSafeInteger(v) && v >= 0;
const one = (...values) => (v) => values.includes(v);
const list = (of) => (v) => Array.isArray(v) && v.every(of);
const object = (v) => typeof v === "object" && v !== null && !Array.isArray(v) && !Buffer.isBuffer(v);
const event = (v) => Array.isArray(v) && string(v[0]);

// shape returns a check for an object that has all required members, maybe some of the optional ones, and no others.
function shape(required, optional = {}) {
  const known = new Map(Object.entries({ ...required, ...optional }));
  return (v) =>
    object(v) &&
    Object.keys(required).every((name) => Object.hasOwn(v, name)) &&
    Object.entries(v).every(([name, member]) => known.get(name)?.(member));
}

module.exports = { any, bool, string, count, one, list, object, event, shape };
