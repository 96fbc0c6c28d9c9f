// Reads FIT files with Garmin's own decoder: node fit.mjs FILE... prints for each file one JSON line with its
// messages as the decoder names them, hrv messages tied to the record before them.
import { readFileSync } from 'node:fs';
import { Decoder, Profile, Stream } from '@garmin/fitsdk';

for (const path of process.argv.slice(2)) {
  const decoder = new Decoder(Stream.fromBuffer(readFileSync(path)));
  const isFit = decoder.isFIT();
  const isIntact = decoder.checkIntegrity();
  const fields = {};
  const beats = [];
  const { messages, errors } = decoder.read({
    fieldDescriptionListener: (key, developer, description) => { fields[key] = description.fieldName; },
    mesgListener: (number, message) => {
      const developerFields = Object.fromEntries(
        Object.entries(message.developerFields ?? {}).map(([key, value]) => [fields[key], value]));
      const name = Profile.types.mesgNum[number];
      if (name === 'record') {
        beats.push({ time: message.timestamp.toISOString(), microsecond: developerFields.microsecond,
          rate: message.heartRate ?? null, rr_ms: [], exact_rr_ms: [] });
      } else if (name === 'hrv') {
        beats.at(-1).rr_ms.push(...message.time.map((seconds) => seconds * 1000));
        beats.at(-1).exact_rr_ms.push(...[developerFields.rr_ms ?? []].flat());
      }
    },
  });
  process.stdout.write(JSON.stringify({
    isFit, isIntact, errors: errors.map(String), beats,
    fileIds: messages.fileIdMesgs, devices: messages.deviceInfoMesgs, events: messages.eventMesgs,
    laps: messages.lapMesgs, sessions: messages.sessionMesgs, activities: messages.activityMesgs,
  }) + '\n');
}
