/** Names of elements that FHIR R4 and R5 define for what is read here: an error repeats no other name. */
const resource = 'id meta implicitRules language text contained extension modifierExtension identifier'
const request =
  'status statusReason statusChanged intent category priority doNotPerform reportedBoolean reportedReference ' +
  'informationSource medicationCodeableConcept medicationReference medication subject encounter supportingInformation ' +
  'authoredOn requester reported performer performerType device recorder reasonCode reasonReference reason ' +
  'instantiatesCanonical instantiatesUri basedOn groupIdentifier courseOfTherapyType insurance note ' +
  'renderedDosageInstruction effectiveDosePeriod dosageInstruction dispenseRequest substitution priorPrescription ' +
  'detectedIssue eventHistory initialFill dispenseInterval validityPeriod numberOfRepeatsAllowed quantity ' +
  'expectedSupplyDuration dispenser dispenserInstruction doseAdministrationAid allowedBoolean allowedCodeableConcept'
const dispense =
  'partOf statusReasonCodeableConcept statusReasonReference notPerformedReason context actor function location ' +
  'authorizingPrescription type daysSupply recorded whenPrepared whenHandedOver destination receiver wasSubstituted'
const provenance =
  'target occurredPeriod occurredDateTime policy activity authorization patient agent role who onBehalfOf entity what ' +
  'signature when targetFormat sigFormat data'
const types =
  'coding system version code display userSelected reference value unit comparator use period assigner start end ' +
  'authorReference authorString time sequence additionalInstruction patientInstruction timing asNeededBoolean ' +
  'asNeededCodeableConcept asNeeded asNeededFor site route method doseAndRate maxDosePerPeriod ' +
  'maxDosePerAdministration maxDosePerLifetime concept resourceType'

export const knownNames: ReadonlySet<string> = new Set(
  [resource, request, dispense, provenance, types].join(' ').split(' '),
)
