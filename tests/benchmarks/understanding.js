// The peer: nlp.js with its English, from the folder it was installed to. `train` learns and keeps a model;
// `answer` loads it, answers every message and tells what that took in CPU time.
const fs = require("fs");
const path = require("path");

const [job, folder] = process.argv.slice(2);
const from = (name) => require(path.join(folder, "node_modules", "@nlpjs", name));
const { containerBootstrap } = from("core");
const { Nlp } = from("nlp");
const { LangEn } = from("lang-en");
const model = path.join(folder, "model.json");

const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function made() {
  const container = await containerBootstrap();
  container.use(Nlp);
  container.use(LangEn);
  const nlp = container.get("nlp");
  Object.assign(nlp.settings, { autoSave: false, log: false });
  nlp.addLanguage("en");
  nlp.settings.nlu = { log: false };
  return nlp;
}

async function train() {
  const nlp = await made();
  for (const { text, intent } of JSON.parse(fs.readFileSync(path.join(folder, "known.json")))) {
    nlp.addDocument("en", text, intent);
  }
  const before = spent();
  console.log = () => {};
  await nlp.train();
  fs.writeFileSync(model, nlp.export());
  process.stdout.write(`${JSON.stringify({ train_s: (spent() - before) / 1000 })}\n`);
}

async function answer() {
  const nlp = await made();
  nlp.import(fs.readFileSync(model, "utf8"));
  const asked = JSON.parse(fs.readFileSync(path.join(folder, "asked.json")));
  await nlp.process("en", "warm up");
  const load_s = spent() / 1000;
  const found = [];
  const least = asked.texts.map(() => Infinity);
  for (let pass = 0; pass < asked.passes; pass += 1) {
    for (const [at, text] of asked.texts.entries()) {
      const before = spent();
      const { intent } = await nlp.process("en", text);
      least[at] = Math.min(least[at], spent() - before);
      found[at] = intent;
    }
  }
  process.stdout.write(`${JSON.stringify({ load_s, ms: least, found })}\n`);
  process.stdin.resume(); // stays until its memory has been looked at
}

(job === "train" ? train : answer)();
