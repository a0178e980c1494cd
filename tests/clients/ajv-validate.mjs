// Reads lines of JSON, {"schema": ..., "answer": "text"}; writes for each a line, "valid" or why not.
import { createInterface } from 'node:readline';
import Ajv2020 from 'ajv/dist/2020.js';

for await (const line of createInterface({ input: process.stdin })) {
  const { schema, answer } = JSON.parse(line);
  const ajv = new Ajv2020({ strict: false });
  let value;
  try {
    value = JSON.parse(answer);
  } catch (error) {
    console.log(`not JSON: ${error.message}`);
    continue;
  }
  console.log(ajv.validate(schema, value) ? 'valid' : ajv.errorsText());
}
