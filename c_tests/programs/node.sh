# node: four worker threads build and parse text, compress, and hand buffers to the main thread, which checks them.
# Why: threads are born and die with their own collector, and buffers are freed by another thread than made them.
# needs: node
cat >workers.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const zlib = require("zlib");

if (isMainThread) {
    const rounds = [];
    for (let round = 0; round < 3; round++)
        for (let id = 0; id < 4; id++)
            rounds.push(() => new Promise((done, failed) => {
                const received = [];
                new Worker(__filename, { workerData: round * 4 + id })
                    .on("message", (buffer) => received.push(buffer))
                    .on("error", failed)
                    .on("exit", (code) => done(`${round * 4 + id} ${code} ${received.map(sum)}`));
            }));
    const sum = (buffer) => new Uint8Array(buffer).reduce((s, byte) => (s * 31 + byte) >>> 0, 7);
    (async () => {
        for (let i = 0; i < rounds.length; i += 4)
            console.log((await Promise.all(rounds.slice(i, i + 4).map((start) => start()))).join("\n"));
    })();
} else {
    for (let part = 0; part < 5; part++) {
        const rows = [];
        for (let i = 0; i < 5000; i++) rows.push({ id: i * (workerData + 1), text: "x".repeat((i * 7 + part) % 90) });
        const text = JSON.stringify(JSON.parse(JSON.stringify(rows)));
        const packed = zlib.deflateSync(Buffer.from(text));
        if (zlib.inflateSync(packed).toString() !== text) throw new Error("the round trip changed the text");
        const buffer = new Uint8Array(packed).buffer;
        parentPort.postMessage(buffer, [buffer]);
    }
}
END
node workers.js
