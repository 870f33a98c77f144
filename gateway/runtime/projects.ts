/** `POST /api/runtime/projects`: a whole project, checked as a whole before anything of it is stored. */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { descriptorRef } from '../../actors/addresses.ts'
import type { DescriptorCommand, DescriptorPutReply } from '../../actors/descriptor/protocol.ts'
import { descriptorSet } from '../../actors/model/catalogue.ts'
import type { DescriptorSource } from '../../actors/model/descriptor-source.ts'
import type { Finding } from '../../actors/model/descriptor.ts'
import { readProject, type ProjectDescriptor } from '../../actors/model/project.ts'
import type { Asking } from '../asking.ts'
import { jsonBody } from '../body.ts'
import { catalogueOf, findingText, problemOfFindings } from '../lifecycle/descriptors.ts'
import type { GatewayParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { accepted } from '../refusals.ts'
import { problemErrors, type App } from '../routes.ts'

const projectBody = (filesMax: number) =>
  z
    .object({
      files: z
        .array(z.object({ path: z.string().min(1).max(1000), text: z.string() }))
        .min(1)
        .max(filesMax)
        .meta({ description: 'text files of the project, with paths from its folder: `lmproject.yml`, `Contains/…`' }),
    })
    .meta({ id: 'ProjectFiles' })

const onboarded = z
  .object({
    descriptors: z.array(
      z.object({ name: z.string(), file: z.string(), created: z.boolean(), revision: z.number().int() }),
    ),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'OnboardedProject' })

export const mountProjects = (app: App, parts: GatewayParts, asks: Asking): void => {
  const { config } = parts
  const catalogue = catalogueOf(parts, asks)

  /** The project's own descriptors go before those that the catalogue has now. */
  const together = async (own: readonly ProjectDescriptor[]): Promise<DescriptorSource> => {
    const byName = new Map(own.map(({ name, descriptor }) => [name, descriptor]))
    const outside = own.flatMap(({ descriptor }) =>
      descriptor.kind === 'resource'
        ? []
        : [descriptor.derivedFrom, ...Object.values(descriptor.composition).map(({ type }) => type)].filter(
            (name): name is string => name !== undefined && !byName.has(name),
          ),
    )
    const sources = await Promise.all([...new Set(outside)].map((name) => catalogue.source(name)))
    return {
      find: (name) =>
        byName.get(name) ?? sources.map((source) => source.find(name)).find((found) => found !== undefined),
      names: () => [...byName.keys(), ...sources.flatMap((source) => [...source.names()])],
    }
  }

  const check = async (files: readonly { path: string; text: string }[]) => {
    const { descriptors, findings } = readProject(files)
    if (findings.some(({ severity }) => severity === 'error')) throw problemOfFindings('the project', findings)
    const source = await together(descriptors)
    const composed: readonly Finding[] = descriptors.flatMap(({ name }) => descriptorSet(source, name).findings)
    if (composed.some(({ severity }) => severity === 'error')) throw problemOfFindings('the project', composed)
    return { descriptors, warnings: [...new Set([...findings, ...composed].map(findingText))] }
  }

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/runtime/projects',
      operationId: 'onboardProject',
      tags: ['Runtime'],
      summary: 'Onboard all descriptors of a project, or none if one of them is wrong',
      middleware: jsonBody(config.projectBytesMax),
      request: {
        body: { required: true, content: { 'application/json': { schema: projectBody(config.projectFilesMax) } } },
      },
      responses: {
        200: { description: 'What is in the catalogue now', content: { 'application/json': { schema: onboarded } } },
        ...problemErrors,
      },
    }),
    async (c) => {
      const { descriptors, warnings } = await check(c.req.valid('json').files)
      const stored: z.infer<typeof onboarded>['descriptors'] = []
      // In order: whatever is in the catalogue has all its parts there, also if this stops halfway.
      for (const { name, text, file } of descriptors) {
        const command: DescriptorCommand = { type: 'put', text, mode: 'put' }
        try {
          const reply = accepted(await asks.ask<DescriptorPutReply>(descriptorRef(name), command), 'rest')
          stored.push({ name, file, created: reply.created, revision: reply.revision })
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          const { status, code, message, details, headers } = error
          throw new Problem({
            status,
            code,
            message: `${name}: ${message}; stored so far: ${stored.map((one) => one.name).join(', ') || 'none'}. Sending the project again is safe`,
            details: { ...details, stored: stored.map((one) => one.name) },
            headers,
            cause: error,
          })
        }
      }
      return c.json({ descriptors: stored, warnings }, 200)
    },
  )
}
