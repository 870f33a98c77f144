/** The simulator as a process of its own: `HOMEOSTAT_KAFKA_BROKERS=… node participants/simulator/main.ts`. */
import { runParticipantProcess } from '../participant-process.ts'
import { startSimulatorServer } from './server.ts'
import { SIMULATOR_PARTICIPANT_SETTINGS } from './settings.ts'
import { startSimulatorParticipant } from './simulator-participant.ts'

await runParticipantProcess({
  name: 'participant-simulator',
  participantId: 'CDSParticipant0:1.0.0',
  participantType: 'org.onap.ccsdk.cds.controlloop.CdsControlLoopParticipant:2.2.1',
  settings: SIMULATOR_PARTICIPANT_SETTINGS,
  start: async ({ link, ...base }, { host, port }) => {
    const participant = startSimulatorParticipant(link, base)
    try {
      const { scripts } = participant
      const server = await startSimulatorServer({
        participants: () => [participant],
        scripts,
        clock: base.clock,
        host,
        port,
      })
      const close = async (): Promise<void> => {
        await server.close()
        await participant.close()
      }
      return { url: server.url, close }
    } catch (error) {
      await participant.close()
      throw error
    }
  },
})
