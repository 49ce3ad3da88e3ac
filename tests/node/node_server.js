// The tank of tests/devices.py behind node-opcua: a server that shares no code with our client.
// Commands come as JSON lines on the input; each is answered by one line.
// Argument: the folder in which node-opcua is installed.
"use strict";
const opcua = require(process.argv[2] + "/node_modules/node-opcua");
const { DataType, StatusCodes, Variant } = opcua;
const readline = require("readline");

const TYPES = {
  temperature: DataType.Double,
  count: DataType.UInt32,
  running: DataType.Boolean,
  setpoint: DataType.Float,
  speed: DataType.Int16,
};
let server = null;
let nodes = {};
let manners = "";
let hung = [];
let alarm = null;
const starts = { count: 0 };

const told = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const status = (code) => opcua.coerceStatusCode({ value: code });
const moment = (us) => new Date(us / 1000);

function show(name, value, at, code) {
  const kind = value === null ? DataType.Null : TYPES[name];
  nodes[name].setValueFromSource(new Variant({ dataType: kind, value }), status(code), moment(at));
}

function written(name, node, at) {
  // What comes from outside is told, and answered as `manners` say.
  node.writeAttribute = (_context, write, callback) => {
    const value = write.value.value.value;
    const plain = typeof value === "boolean" ? Number(value) : value;
    told({ written: [name, plain] });
    const take = (taken) => show(name, taken, Date.now() * 1000, 0);
    switch (manners) {
      case "clamp":
        take(Math.min(value, 50));
        return callback(null, status(0x00300000));
      case "override":
        return callback(null, status(0x00960000));
      case "ignore":
        return callback(null, StatusCodes.Good);
      case "refuse":
        return callback(null, StatusCodes.BadNotWritable);
      case "lose":
        take(value);
        return hung.push(callback);
      default:
        take(value);
        return callback(null, StatusCodes.Good);
    }
  };
}

async function start(given) {
  const options = {
    port: given.port,
    resourcePath: "/",
    serverInfo: { applicationUri: given.uri, applicationName: { text: "Node controller" } },
    buildInfo: { productName: "Node controller" },
    hostname: "127.0.0.1",
    securityPolicies: [opcua.SecurityPolicy.None],
    securityModes: [opcua.MessageSecurityMode.None],
    allowAnonymous: true,
    disableDiscovery: !given.discovery,
    serverCertificateManager: new opcua.OPCUACertificateManager({
      rootFolder: given.folder + "/pki",
      automaticallyAcceptUnknownCertificate: true,
    }),
    userCertificateManager: new opcua.OPCUACertificateManager({ rootFolder: given.folder + "/users" }),
    serverCapabilities: { minSupportedSampleRate: 10, operationLimits: { maxNodesPerRead: 1000, maxNodesPerBrowse: 1000 } },
  };
  if (given.certificate) {
    options.certificateFile = given.certificate;
    options.privateKeyFile = given.key;
    options.securityPolicies = [opcua.SecurityPolicy.Basic256Sha256];
    options.securityModes = [opcua.MessageSecurityMode.SignAndEncrypt];
  }
  if (given.password) {
    options.allowAnonymous = false;
    options.userManager = { isValidUser: (user, secret) => user === "olga" && secret === given.password };
  }
  server = new opcua.OPCUAServer(options);
  await server.initialize();
  const space = server.engine.addressSpace;
  // Before ours, others: another number of them each time, so that our index changes.
  for (let i = 0; i < starts.count % 3; i++) space.registerNamespace("urn:test:other" + i);
  starts.count += 1;
  const own = space.registerNamespace(given.namespace);
  const objects = space.rootFolder.objects;
  nodes = {};
  manners = "";
  if (given.plant === "filler") filler(space, own, objects);
  else {
    const tank = own.addObject({
      organizedBy: objects, browseName: "Tank", eventNotifier: 1, notifierOf: objects.server,
    });
    for (const name of Object.keys(TYPES)) {
      nodes[name] = own.addVariable({
        componentOf: tank,
        browseName: name,
        nodeId: "s=Tank." + name,
        dataType: TYPES[name],
        minimumSamplingInterval: 10,
        accessLevel: "CurrentRead | CurrentWrite",
        userAccessLevel: "CurrentRead | CurrentWrite",
        eventSourceOf: tank,
      });
      if (given.history) space.installHistoricalDataNode(nodes[name], { maxOnlineValues: 100000 });
      show(name, given.values[name], given.now, 0);
      written(name, nodes[name]);
    }
    if (given.alarms) alarms(space, own, tank);
  }
  await server.start();
}

// The temperature's own alarm, above 80, which somebody has to acknowledge and confirm.
function alarms(space, own, tank) {
  space.installAlarmsAndConditionsService();
  alarm = own.instantiateExclusiveLimitAlarm("ExclusiveLevelAlarmType", {
    browseName: "TooHot", conditionName: "Too hot", componentOf: tank,
    conditionSource: nodes.temperature, inputNode: nodes.temperature, highLimit: 80, lowLimit: -10,
    optionals: ["ConfirmedState", "Confirm", "ShelvingState", "SuppressedState"],
  });
}

// A packaging machine as vendors write them: folders of PackML, analog items with range and unit.
function filler(space, own, objects) {
  const line = own.addObject({ organizedBy: objects, browseName: "Line 7" });
  const machine = own.addObject({ componentOf: line, browseName: "Filler_7", displayName: "Füller 7" });
  const folder = (name) => own.addObject({ componentOf: machine, browseName: name });
  const plain = (parent, name, dataType, value, writable) =>
    own.addVariable({
      componentOf: parent, browseName: name, dataType, value: { dataType, value },
      accessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
      userAccessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
    });
  const analog = (name, units, low, high, value, writable, description) => {
    const item = own.addAnalogDataItem({
      componentOf: machine, browseName: name, definition: name, description,
      engineeringUnitsRange: { low, high }, engineeringUnits: units, dataType: "Double",
      value: { dataType: "Double", value },
      accessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
      userAccessLevel: writable ? "CurrentRead | CurrentWrite" : "CurrentRead",
    });
    return item;
  };
  const unit = opcua.standardUnits;
  const admin = folder("Admin"), state = folder("Status");
  plain(state, "StateCurrent", DataType.Int32, 6);
  plain(state, "CurMachSpeed", DataType.Double, 480);
  plain(state, "MachSpeed", DataType.Double, 500, true);
  plain(admin, "ProdProcessedCount", DataType.UInt32, 100);
  plain(admin, "ProdDefectiveCount", DataType.UInt32, 3);
  analog("BowlPress", unit.bar, 0, 12, 2.4, false);
  analog("BowlPressSP", unit.bar, 0, 6, 2.5, true);
  analog("BowlLvl", unit.percent, 0, 100, 61, false);
  analog("ProductTemp", unit.degree_celsius, -10, 60, 8, false);
  analog("T_4711", unit.degree_celsius, 0, 120, 41, false, "carousel bearing temperature");
  analog("MotorCurrent", { namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact",
    unitId: 4937556, displayName: { text: "kW" } }, 0, 100, 17, false); // a power, not a current
  plain(machine, "Recipe", DataType.String, "lemon");
  plain(machine, "Odd\u0007Name", DataType.Double, 1);
  plain(machine, "Spare", DataType.Double, 1);
  // A circle: the machine holds its line.
  machine.addReference({ referenceType: "Organizes", nodeId: line });
}

async function stop() {
  const ending = server;
  server = null;
  for (const callback of hung.splice(0)) callback(null, StatusCodes.Good);
  if (ending) await ending.shutdown(0);
}

const commands = {
  here: async () => {},
  start,
  stop,
  show: async (given) => show(given.name, given.value, given.at, given.code),
  behave: async (given) => { manners = given.how; },
  // Somebody at the machine's own panel.
  acknowledge: async () => {
    const branch = alarm.currentBranch();
    alarm._acknowledge_branch(branch.getEventId(), "seen", branch, "panel");
  },
  suppress: async () => {
    alarm.currentBranch().setSuppressedState(true);
    alarm.raiseNewBranchState(alarm.currentBranch());
  },
  say: async (given) => {
    for (let i = 1; i <= given.times; i++) {
      if (i % 50 === 0) await new Promise(setImmediate); // it stays a server meanwhile
      server.engine.addressSpace.rootFolder.objects.server.raiseEvent("BaseEventType", {
        message: { dataType: DataType.LocalizedText, value: { text: given.text } },
        severity: { dataType: DataType.UInt16, value: given.severity },
        sourceName: { dataType: DataType.String, value: given.name },
      });
    }
  },
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
