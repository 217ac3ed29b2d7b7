import { app } from "./app.ts";

await app().listen({ host: "0.0.0.0", port: Number(process.env.PORT ?? 8080) });
