// ${{ values.description }}
import Fastify, { type FastifyInstance } from "fastify";

export function app(): FastifyInstance {
  const server = Fastify({ logger: true });
  server.get("/healthz", async () => "ok");
  return server;
}
