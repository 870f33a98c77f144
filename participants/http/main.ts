/** The HTTP participant as a process of its own: `HOMEOSTAT_KAFKA_BROKERS=… node participants/http/main.ts`. */
import { runParticipantProcess } from '../participant-process.ts'
import { startHttpParticipant } from './http-participant.ts'
import { HTTP_PARTICIPANT_SETTINGS } from './settings.ts'

await runParticipantProcess({
  name: 'participant-http',
  participantId: 'HttpParticipant0:1.0.0',
  participantType: 'org.onap.k8s.controlloop.HttpControlLoopParticipant:2.3.4',
  settings: HTTP_PARTICIPANT_SETTINGS,
  start: ({ link, ...base }, limits) => startHttpParticipant(link, { ...base, limits }),
})
