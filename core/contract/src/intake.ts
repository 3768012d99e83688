import { z } from 'zod'
import { id, name, SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX } from './common.ts'
import { endpoint } from './endpoint.ts'
import { PRIORITY_MAX, PRIORITY_MIN } from './work-items.ts'

export const createIntake = endpoint({
  method: 'POST',
  path: '/api/v1/intake',
  summary: 'A request from another system. Needs `Authorization: Bearer` and the header `Idempotency-Key`',
  permission: 'intake.create',
  audit: null,
  request: {
    body: z.object({
      from: z
        .object({
          name: name.optional(),
          email: z.email().optional(),
          phone: z
            .string()
            .regex(/^\+?[0-9 ()-]{5,30}$/)
            .optional(),
          externalId: z.string().min(1).max(200).optional(),
        })
        .refine((from) => from.email ?? from.phone ?? from.externalId, 'email, phone or externalId is needed'),
      subject: z.string().trim().min(1).max(SUBJECT_LENGTH_MAX),
      text: z.string().min(1).max(TEXT_LENGTH_MAX),
      priority: z.int().min(PRIORITY_MIN).max(PRIORITY_MAX).optional(),
      /** The sender's own number of the case: later requests with the same one go on in the same conversation. */
      caseId: z.string().min(1).max(200).optional(),
    }),
  },
  /** 202: the request is stored and will become a work item; nothing can lose it any more. */
  response: z.object({ requestId: id, repeated: z.boolean() }),
  status: 202,
  errors: ['idempotency_mismatch', 'invalid_input', 'body_too_large', 'channel_unusable', 'not_ready'],
})
