// mix.js WORK: what reaches malloc from Node: buffers, text to and from bytes, compression, hashes and regular
// expressions, beside the ordinary objects that live in V8's own heap. WORK turns of everything; checks itself.
"use strict";
const assert = require("assert");
const crypto = require("crypto");
const zlib = require("zlib");

const work = Number(process.argv[2]);
assert(work > 0, "WORK is missing");
let random = 1;
const draw = (limit) => {
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    return (random >> 8) % limit;
};

function buffers() {
    const kept = new Array(200).fill(null);
    for (let turn = 0; turn < 4000; turn++) {
        const at = draw(kept.length);
        if (kept[at] !== null) assert.strictEqual(kept[at][kept[at].length - 1], at);
        kept[at] = Buffer.alloc(64 + draw(16384), at);
    }
    const all = Buffer.concat(kept.filter((buffer) => buffer !== null));
    return all.subarray(0, 200000);
}

function texts(bytes) {
    const text = bytes.toString("base64");
    assert(Buffer.from(text, "base64").equals(bytes));
    const lines = [];
    for (let at = 0; at < 2000; at++) lines.push(`${at} ${text.slice(at, at + draw(60))} "end" ${draw(1000)}`);
    const found = lines.join("\n").match(/^\d+ .* "end" \d+$/gm);
    assert.strictEqual(found.length, lines.length);
    return lines;
}

function documents(lines) {
    const records = lines.map((line, at) => ({ at, line, words: line.split(" "), inner: { half: at / 2 } }));
    const again = JSON.parse(JSON.stringify(records));
    assert.strictEqual(again.length, records.length);
    const map = new Map(again.map((record) => [record.line, record]));
    assert.strictEqual(map.get(lines[7]).at, 7);
}

function packed(bytes) {
    const small = zlib.deflateSync(bytes, { level: 6 });
    assert(zlib.inflateSync(small).equals(bytes));
    return crypto.createHash("sha256").update(small).digest("hex");
}

for (let turn = 0; turn < work; turn++) {
    const bytes = buffers();
    documents(texts(bytes));
    assert.strictEqual(packed(bytes).length, 64);
    for (let at = 0; at < 2000; at++) new Uint8Array(1000 + draw(3000)).fill(1);
}
