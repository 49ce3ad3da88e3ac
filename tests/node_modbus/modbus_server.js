// The tank of tests/devices.py behind modbus-serial: a server that shares no code with our client.
// Commands come as JSON lines on the input; each is answered by one line.
// Argument: the folder in which modbus-serial is installed.
"use strict";
const fs = require("fs");
const tls = require("tls");
const ServerTCP = require(process.argv[2] + "/node_modules/modbus-serial/servers/servertcp");
const readline = require("readline");

const tables = {
  input: new Array(200).fill(0), holding: new Array(200).fill(0),
  coil: new Array(9).fill(0), discrete: new Array(9).fill(0),
};
let server = null;
let front = null; // over TLS: what listens to the world
let manners = "";

const told = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const refused = (code) => Object.assign(new Error("refused"), { modbusErrorCode: code });

function at(table, register) {
  if (register >= tables[table].length) throw refused(2);
  return tables[table][register];
}

const float = (words) => {
  const bytes = Buffer.alloc(4);
  words.forEach((word, i) => bytes.writeUInt16BE(word, 2 * i));
  return bytes.readFloatBE(0);
};
const floated = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value, 0);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
};

function written(register, words, answered) {
  if (!((register === 20 && words.length === 2) || (register === 25 && words.length === 1)))
    return answered(refused(2));
  const value = register === 20 ? float(words) : words[0] * 0.5;
  told({ written: [register === 20 ? "setpoint" : "speed", value] });
  const take = (taken) =>
    tables.holding.splice(register, words.length, ...(register === 20 ? floated(taken) : words));
  switch (manners) {
    case "clamp": take(Math.min(value, 50)); return answered(null);
    case "ignore": return answered(null);
    case "refuse": return answered(refused(3));
    case "lose": return take(value); // the value is taken, the answer never comes
    default: take(value); return answered(null);
  }
}

const vector = {
  getInputRegister: (register) => at("input", register),
  getHoldingRegister: (register) => at("holding", register),
  getCoil: (register) => at("coil", register) === 1,
  getDiscreteInput: (register) => at("discrete", register) === 1,
  setRegister: (register, word, _unit, answered) => written(register, [word], answered),
  setRegisterArray: (register, words, _unit, answered) => written(register, words, answered),
};

function start(given) {
  manners = "";
  const secure = Boolean(given.key);
  const options = { host: "127.0.0.1", port: secure ? 0 : given.port, unitID: 3 };
  return new Promise((resolve, reject) => {
    server = new ServerTCP(vector, options);
    server.on("serverError", reject);
    server.on("initialized", () => {
      if (!secure) return resolve();
      front = tls.createServer({
        key: fs.readFileSync(given.key), cert: fs.readFileSync(given.certificate),
        ca: [fs.readFileSync(given.client)], requestCert: true, rejectUnauthorized: true,
        minVersion: "TLSv1.2",
      });
      front.on("secureConnection", (socket) => server._server.emit("connection", socket));
      front.on("tlsClientError", () => {});
      front.listen(given.port, "127.0.0.1", resolve);
    });
    server.on("socketError", () => {});
  });
}

function stop() {
  const ending = [front, server].filter(Boolean);
  server = front = null;
  return Promise.all(ending.map((one) => new Promise((resolve) => one.close(resolve))));
}

const commands = {
  here: async () => {},
  start,
  stop,
  show: async (given) => tables[given.table].splice(given.register, given.words.length,
    ...given.words),
  behave: async (given) => { manners = given.how; },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const given = JSON.parse(line);
  try {
    await commands[given.do](given);
    told({ done: given.do });
  } catch (problem) {
    told({ done: given.do, failed: String((problem && problem.stack) || problem) });
  }
}).on("close", () => process.exit(0));
