/** A small service for the demo: compiled once as a good build and once as one that crashes at start. @module */
import { createServer } from "node:http";
import process from "node:process";

declare const BUILD: string;

if (BUILD.includes("bad")) throw new Error(`${BUILD}: cannot migrate the database`);

const server = createServer((_, response) => response.end(`${BUILD} pid ${process.pid}`));
server.listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
