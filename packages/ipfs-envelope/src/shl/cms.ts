/** "Patient-Shared Health Documents via SMART Health Links" of CMS ("Kill the Clipboard"), draft: what it wants beyond HL7. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Content } from './content.js'
import type { ShlLink } from './link.js'

/** What of it a link does not keep; such a link is sound all the same. */
export function cmsLinkNotes({ flags, expSeconds }: ShlLink): readonly string[] {
  return [
    ...(flags.includes('U')
      ? []
      : ['The profile of CMS (patient-shared health documents) wants a direct file, flag U.']),
    ...(expSeconds === null ? ['The profile of CMS wants a time of expiry.'] : []),
  ]
}

/** The same of a content that `requireContent` has passed: a PatientSharedBundle. */
export function cmsContentNotes({ contentType, content }: Content): readonly string[] {
  if (contentType !== 'application/fhir+json') return []
  const bundle = JsonObject.parse(decodeUtf8(content))
  const isCollection = bundle.raw('resourceType') === 'Bundle' && bundle.raw('type') === 'collection'
  if (!isCollection || !bundle.has('timestamp')) {
    return ['The profile of CMS wants a Bundle of type collection with a timestamp.']
  }
  const types = typesIn(bundle)
  const isWhole = types.filter(type => type === 'Patient').length === 1 && types.length > 1
  return isWhole ? [] : ['The profile of CMS wants one Patient in the Bundle, and something about them.']
}

function typesIn(bundle: JsonObject): readonly string[] {
  const entries = bundle.has('entry') ? bundle.objects('entry') : []
  return entries.flatMap(entry =>
    entry.has('resource') ? [entry.object('resource').text('resourceType')] : [],
  )
}
