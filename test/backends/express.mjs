// SPDX-License-Identifier: Apache-2.0
// An Express application with its own cors package, for test_express.py:
//
//     node express.mjs PORT
//
// /listed/…   cors() with a list, credentials and exposed headers
// /any/…      cors() as it is without options
// /none/…     no cors()
import cors from "cors";
import express from "express";

const app = express();
let seen = [];

app.get("/seen", (req, res) => {
    const now = seen;
    seen = [];
    res.json(now);
});

app.use((req, res, next) => {
    seen.push(`${req.method} ${req.path}`);
    res.set("X-Backend", "express");
    next();
});

app.use("/listed", cors({
    origin: ["https://backend.example", "https://second.example"],
    credentials: true,
    methods: ["GET", "PUT"],
    allowedHeaders: ["X-Backend-Asked"],
    exposedHeaders: ["X-Backend", "ETag"],
    maxAge: 77,
    optionsSuccessStatus: 200,
}));
app.use("/any", cors());

const routes = express.Router();
routes.all("/item", (req, res) => res.vary("Accept-Language")
    .json({method: req.method, origin: req.get("Origin") ?? null}));
routes.get("/cookie", (req, res) => res.cookie("a", "b").send("cookie"));
routes.get("/moved", (req, res) => res.redirect(302, "item"));
routes.get("/away", (req, res) => res.redirect(
    307, `http://127.0.0.1:${req.socket.localPort}/listed/item`));
routes.get("/empty", (req, res) => res.status(204).end());
routes.get("/refused", (req, res) => res.status(401)
    .set("WWW-Authenticate", "Bearer").send("who?"));
routes.get("/broken", () => {
    throw new Error("broken on purpose");
});
routes.get("/stream", (req, res) => {
    res.type("text").write("one ");
    res.write("two ");
    res.end("three");
});
app.use(["/listed", "/any", "/none"], routes);
// No stack trace: it names directories.
app.use((error, req, res, next) => {
    res.status(500).send(error.message);
});

app.listen(Number(process.argv[2]), "127.0.0.1");
