/** The parts of kafkajs 2.2.4 below its public API that `broker-connection.ts` uses; it ships no types for them. */

declare module 'kafkajs/src/loggers/index.js' {
  export interface InternalLogger {
    namespace(name: string): InternalLogger
  }
  const loggers: {
    readonly LEVELS: { readonly NOTHING: number }
    createLogger(options: { level: number; logCreator: () => () => void }): InternalLogger
  }
  export default loggers
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { Socket } from 'node:net'
  import type { ConnectionOptions } from 'node:tls'
  import type { SASLOptions } from 'kafkajs'
  import type { InternalLogger } from 'kafkajs/src/loggers/index.js'

  export interface WireRequest {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: {
      decode(payload: Buffer): Promise<object>
      parse(decoded: unknown): Promise<unknown>
    }
    readonly requestTimeout?: number
    readonly logResponseError?: boolean
  }
  export interface InternalConnection {
    isConnected(): boolean
    send(request: WireRequest): Promise<unknown>
    readonly requestQueue: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests: () => void }
  }
  export interface SocketOptions {
    readonly host: string
    readonly port: number
    readonly ssl: ConnectionOptions | null
    readonly onConnect: () => void
  }
  export default class ConnectionPool {
    constructor(options: {
      host: string
      port: number
      clientId: string
      ssl: ConnectionOptions | null
      sasl: SASLOptions | null
      connectionTimeout: number
      requestTimeout: number
      enforceRequestTimeout: boolean
      logger: InternalLogger
      socketFactory: (options: SocketOptions) => Socket
    })
    readonly pool: readonly InternalConnection[]
    getConnection(index: number): Promise<InternalConnection>
    send(request: WireRequest): Promise<unknown>
  }
}

declare module 'kafkajs/src/broker/index.js' {
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js'
  import type { WireRequest } from 'kafkajs/src/network/connectionPool.js'
  import type { RequestDefinition } from 'kafkajs/src/protocol/requests/index.js'
  import type { InternalLogger } from 'kafkajs/src/loggers/index.js'

  interface PartitionError {
    readonly partition: number
    readonly errorCode: number
  }
  export default class Broker {
    constructor(options: {
      connectionPool: ConnectionPool
      logger: InternalLogger
      allowAutoTopicCreation: boolean
      authenticationTimeout: number
    })
    connect(): Promise<void>
    lookupRequest(apiKey: number, definition: RequestDefinition): (options: object) => WireRequest
    listOffsets(request: {
      isolationLevel: number
      topics: readonly {
        topic: string
        partitions: readonly { partition: number; timestamp: number }[]
      }[]
    }): Promise<{ responses: readonly { partitions: readonly (PartitionError & { offset: string })[] }[] }>
    createTopics(request: {
      topics: readonly {
        topic: string
        numPartitions: number
        replicationFactor: number
        configEntries: readonly { name: string; value: string }[]
      }[]
      timeout: number
    }): Promise<unknown>
    deleteRecords(request: {
      topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[]
    }): Promise<unknown>
    findGroupCoordinator(request: {
      groupId: string
      coordinatorType: number
    }): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>
    syncGroup(request: {
      groupId: string
      generationId: number
      memberId: string
      groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[]
    }): Promise<{ memberAssignment: Buffer }>
    heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
    leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
    offsetCommit(request: {
      groupId: string
      groupGenerationId: number
      memberId: string
      topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[]
    }): Promise<unknown>
    offsetFetch(request: {
      groupId: string
      topics: readonly { topic: string; partitions: readonly { partition: number }[] }[]
    }): Promise<{ responses: readonly { partitions: readonly (PartitionError & { offset: string })[] }[] }>
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  export interface RequestDefinition {
    readonly versions: readonly string[]
  }
  const definitions: {
    readonly requests: Readonly<Record<'Produce' | 'Fetch' | 'Metadata' | 'JoinGroup', RequestDefinition>>
  }
  export default definitions
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: Readonly<Record<'Produce' | 'Fetch' | 'Metadata' | 'JoinGroup', number>>
  export default apiKeys
}

declare module 'kafkajs/src/consumer/assignerProtocol.js' {
  const assignerProtocol: {
    readonly MemberMetadata: {
      encode(metadata: { version: number; topics: readonly string[]; userData: Buffer }): Buffer
      decode(bytes: Buffer): { version: number; topics: readonly string[]; userData: Buffer | null }
    }
    readonly MemberAssignment: {
      encode(assignment: {
        version: number
        assignment: Readonly<Record<string, readonly number[]>>
        userData: Buffer
      }): Buffer
      decode(bytes: Buffer): { assignment: Readonly<Record<string, readonly number[]>> } | null
    }
  }
  export default assignerProtocol
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: { createErrorFromCode(code: number): Error & { readonly type: string } }
  export default errors
}
