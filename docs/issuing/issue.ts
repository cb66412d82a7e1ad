// Prints a T1 text: T1_KEY=<hex> node issue.ts '{"kid": 7, "cls": 3, "nbf": 1795000000, "exp": 1795086400}'
import { createHmac, randomBytes } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// RFC 4648, without padding.
function base32(bytes = Buffer.alloc(0)) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, "0"), 2)]).join("");
}

// The T1 text. key: 32 bytes, tid: 16 hex digits (new where none is given), flags: 1 rotating, 2 must be listed.
export function issue(
  key = Buffer.alloc(0),
  { kid = -1, cls = -1, nbf = -1, exp = -1, tid = randomBytes(8).toString("hex"), gen = 0, flags = 0 },
) {
  const isWhole = [kid, cls, nbf, exp, gen].every(Number.isInteger);
  if (key.length !== 32 || !/^[0-9a-f]{16}$/i.test(tid) || ![0, 1, 2, 3].includes(flags) || !isWhole) {
    throw new RangeError("a key has 32 bytes, a tid 8, flags are 0 to 3, and numbers are whole");
  }
  const header = Buffer.alloc(24); // writing a number that does not fit throws
  header.writeUInt8(0x10 | flags, 0);
  header.writeUInt32BE(kid, 1);
  header.write(tid, 5, "hex");
  header.writeUInt8(gen, 13);
  header.writeUInt16BE(cls, 14);
  header.writeUInt32BE(nbf, 16);
  header.writeUInt32BE(exp, 20);
  const sealed = Buffer.concat([Buffer.from("event-ticket/v1\0\x01", "latin1"), header]);
  const seal = createHmac("sha256", key).update(sealed).digest().subarray(0, 16);
  return "T1:" + base32(Buffer.concat([header, seal]));
}

console.log(issue(Buffer.from(process.env.T1_KEY ?? "", "hex"), JSON.parse(process.argv[2] ?? "{}")));
