// What a live ticket shows at a unix second. Pure: no clock, no document, no crypto.subtle, which browsers hide from
// pages that come from a file. The same digits as core/ticket/proof.py.
"use strict";

const STEP_S = 30; // a step of RFC 6238
const REFRESH_S = 15; // how old a drawn code gets: half of what a door forgives, so that the rest is the clocks'
const QUIET_ZONE = 4; // modules of clear margin (ISO/IEC 18004, section 9.1)
const MOST_AT_Q = 87; // alphanumeric characters of version 5-Q: a live code with a 128-bit seal, to the last one

const bigEndian = (number, bytes) =>
  Array.from({ length: bytes }, (_, at) => Math.floor(number / 2 ** (8 * (bytes - 1 - at))) % 256);
const rotated = (word, bits) => (word << bits) | (word >>> (32 - bits));
const bytesOf = (hex) => hex.match(/../g).map((pair) => parseInt(pair, 16));

// SHA-1 (RFC 3174) over an array of bytes: 20 bytes.
function sha1(message) {
  const zeros = new Array((119 - (message.length % 64)) % 64).fill(0);
  const padded = [...message, 0x80, ...zeros, ...bigEndian(message.length * 8, 8)];
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let at = 0; at < padded.length; at += 64) state = absorbed(state, padded.slice(at, at + 64));
  return state.map((word) => bigEndian(word >>> 0, 4)).reduce((all, four) => all.concat(four), []);
}

// One block of SHA-1 (RFC 3174, section 6.1).
function absorbed(state, block) {
  const w = [];
  let [a, b, c, d, e] = state;
  for (let t = 0; t < 80; t += 1) {
    const four = block.slice(4 * t, 4 * t + 4);
    w[t] = t < 16 ? four.reduce((word, byte) => (word << 8) | byte) : rotated(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    const mixed = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][Math.floor(t / 20)];
    const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][Math.floor(t / 20)];
    [a, b, c, d, e] = [(rotated(a, 5) + mixed + e + constant + w[t]) | 0, a, rotated(b, 30), c, d];
  }
  return [a, b, c, d, e].map((word, at) => (word + state[at]) | 0);
}

// HMAC-SHA-1 (RFC 2104) with a key of at most 64 bytes.
function hmacSha1(key, message) {
  const padded = [...key, ...new Array(64 - key.length).fill(0)];
  const inner = sha1([...padded.map((byte) => byte ^ 0x36), ...message]);
  return sha1([...padded.map((byte) => byte ^ 0x5c), ...inner]);
}

// The 8 digits of a unix second (RFC 6238, RFC 4226 section 5.3).
function digitsAt(secret, second) {
  const mac = hmacSha1(secret, bigEndian(Math.floor(second / STEP_S), 8));
  const [first, ...rest] = mac.slice(mac[19] & 15, (mac[19] & 15) + 4);
  const number = rest.reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  return String(number % 1e8).padStart(8, "0");
}

// The text of the code at a unix second: the ticket, the second itself, the digits of its step.
function codeAt(ticket, second) {
  return `${ticket.text}.${String(second).padStart(10, "0")}.${digitsAt(bytesOf(ticket.secret), second)}`;
}

// Which of the spans between two drawings a second is in. No span reaches over the end of a step.
const spanOf = (second) => Math.floor(second / REFRESH_S);

// The modules of a code's symbol without its margin: rows of booleans, dark is true.
function modulesOf(code) {
  const symbol = qrcode(0, code.length <= MOST_AT_Q ? "Q" : "M");
  symbol.addData(code, "Alphanumeric");
  symbol.make();
  const places = Array.from({ length: symbol.getModuleCount() }, (_, place) => place);
  return places.map((row) => places.map((column) => symbol.isDark(row, column)));
}
