// SPDX-License-Identifier: Apache-2.0
//
// Express' cors middleware over the same policy and requests as engine.c, for
// comparison: nanoseconds, one JSON object a line.
import cors from "cors";

const PASSES = 12, TIMES = 20000;
const THREE = "authorization,content-type,x-requested-with";
const STRANGER = "https://shopping.example.org";

const entry = (i) => "https://" + "shopping".slice(0, (i % 8) + 1)
    + Number(BigInt(i) * 2654435761n % 9999991n) + ".example.com";

class Response {
    headers = new Map();
    statusCode = 200;
    getHeader(name) { return this.headers.get(name.toLowerCase()); }
    setHeader(name, value) { this.headers.set(name.toLowerCase(), value); }
    end() {}
}

function best(handler, method, headers) {
    const request = { method, headers };
    let least = Infinity;

    for (let pass = 0; pass < PASSES; pass++) {
        const begin = process.cpuUsage().user;
        for (let i = 0; i < TIMES; i++) {
            handler(request, new Response(), () => {});
        }
        const took = (process.cpuUsage().user - begin) / TIMES * 1000;
        least = Math.min(least, took);
    }
    return least;
}

for (const n of [1, 1000]) {
    const handler = cors({
        origin: Array.from({ length: n }, (_, i) => entry(i)),
        credentials: true,
        methods: ["PUT", "DELETE", "PATCH"],
        allowedHeaders: ["Authorization", "Content-Type", "X-Requested-With",
            "X-Trace", "If-Match", "Range"],
        exposedHeaders: ["ETag", "X-Total"],
        maxAge: 600,
    });
    const preflight = (origin) => ({
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": THREE,
    });
    const origin = entry(Math.floor(n / 2));
    const cases = {
        "actual": ["GET", { origin }],
        "actual refused": ["GET", { origin: STRANGER }],
        "preflight": ["OPTIONS", preflight(origin)],
        "preflight refused": ["OPTIONS", preflight(STRANGER)],
    };
    for (const [what, [method, headers]] of Object.entries(cases)) {
        console.log(JSON.stringify({
            group: "peer: Express cors",
            what: `${what}, ${n.toLocaleString("en")} origin${n > 1 ? "s" : ""}`,
            figure: Math.round(best(handler, method, headers)),
            unit: "ns", goal: null,
        }));
    }
}
