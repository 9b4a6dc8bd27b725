// What the scripts for Node.js share: parts that run one after another, and an end that is certain.
'use strict';

const port = Number(process.argv[2]);

// Runs each part with its name; says which one failed. Whatever a library still holds open, the process ends.
async function run(parts) {
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      console.error(`${part.name}: ${error.stack}`);
      process.exit(1);
    }
    console.log(part.name);
  }
  process.exit(0);
}

module.exports = {port, run};
