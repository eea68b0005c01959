// What npm's dotenv reads: a JSON list of texts, each a list of bytes, comes in; for each how it ended and what is set goes out.
// The package's folder is the argument.
const fs = require('fs')
const os = require('os')
const path = require('path')
const dotenv = require(process.argv[2])

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dotenv-'))
const file = path.join(folder, 'text')
const readings = JSON.parse(fs.readFileSync(0, 'utf8')).map((text) => {
  fs.writeFileSync(file, Buffer.from(text))
  // As Grouparoo calls it.
  for (const name of Object.keys(process.env)) delete process.env[name]
  const { parsed, error } = dotenv.config({ path: file })
  return error ? { end: 'crash', values: {} } : { end: 'whole', values: parsed }
})
fs.rmSync(folder, { recursive: true })
console.log(JSON.stringify(readings))
