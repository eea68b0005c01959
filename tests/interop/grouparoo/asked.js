// What a release of Grouparoo makes of the environment and the `.env` of the working directory: node asked.js FOLDER, where FOLDER has its
// dist/config. Prints whether telemetry is on, and where it would go.
const path = require("path");
const folder = path.resolve(process.argv[2]);
console.log = () => {};
require(path.join(folder, "dist/config/environment"));
const { enabled, host, url } = require(path.join(folder, "dist/config/telemetry")).DEFAULT.telemetry();
process.stdout.write(JSON.stringify({ enabled, to: host || url }));
