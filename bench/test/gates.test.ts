import { describe, expect, it } from 'vitest'
import { gates } from '../dist/gates.js'
import type { Row } from '../dist/measure.js'
import { readmeRows, readmeTable, withTable } from '../dist/readme.js'
import { digits, gateTable } from '../dist/report.js'
import type { GroupResult } from '../dist/results.js'
import { verdicts } from '../dist/verdicts.js'

const spread = (value: number) => ({ median: value, min: value, max: value })
const row = (name: string, value: number): Row => ({ name, cpu: spread(value), wall: spread(value) })

const machine = { v8: '', platform: '', cpu: '', cores: 2, load: 0, date: '' }

function mining(node: string, theirs: readonly Row[]): GroupResult {
  const rows = [row('WASM engine', 16), row('WASM engine without SIMD', 99), ...theirs]
  const skipped = [{ name: 'C, SHA-NI', skipped: 'this CPU has no sha_ni' }]
  const task = { id: 'mining-0', title: '', unit: 'MH/s', samples: 7, rows, skipped }
  return { group: 'mining', machine: { ...machine, node }, facts: [], cases: [task] }
}

const judged = (results: readonly GroupResult[], words: string) =>
  verdicts(results).find(({ gate, node }) => gate.figure.includes(words) && node === '24')

describe('gates', () => {
  it('compare the engine with the best mode of a peer', () => {
    const rows = [row('hash-wasm, slow', 0.5), row('hash-wasm, fast', 1.6)]
    expect(judged([mining('24.1.0', rows)], '0 records, vs hash-wasm')).toMatchObject({
      figure: 10,
      verdict: 'holds',
    })
  })

  it('are missed just below their must', () => {
    const rows = [row('hash-wasm, fast', 1.601)]
    expect(judged([mining('24.1.0', rows)], '0 records, vs hash-wasm')?.verdict).toBe('missed')
  })

  it('are skipped by name where the CPU lacks an instruction', () => {
    const results = [mining('24.1.0', [])]
    expect(judged(results, '0 records, vs C')?.verdict).toBe('skipped')
    expect(gateTable(verdicts(results))).toContain('this CPU has no sha_ni')
  })

  it('are missed by what was not measured, a whole Node included', () => {
    expect(judged([mining('24.1.0', [])], '0 records, vs Python')?.verdict).toBe('missed')
    expect(judged([mining('20.1.0', [])], '0 records, vs hash-wasm')?.verdict).toBe('missed')
  })

  it('skip by name a server that the machine does not have, and miss all where nothing was measured', () => {
    const relay = (ids: readonly string[]): readonly GroupResult[] => {
      const facts = ids.map(id => ({ id, title: '', value: 9, unit: 'x' }))
      return [{ group: 'conference-relay', machine: { ...machine, node: '24.1.0' }, facts, cases: [] }]
    }
    const measured = relay(['relay-burst-vs-plain-ws', 'relay-single-vs-socket-io'])
    expect(judged(measured, 'vs Socket.IO')).toMatchObject({ figure: 9, verdict: 'holds' })
    expect(judged(measured, 'vs NATS')?.verdict).toBe('skipped')
    expect(gateTable(verdicts(measured))).toContain('this machine has no NATS')
    expect(judged(relay([]), 'vs NATS')?.verdict).toBe('missed')
  })

  it('hold two workers to the faster of this thread and one worker, and their wall clock where it is quiet', () => {
    const rows = [row('this thread', 10), row('1 worker', 16), row('2 workers', 15.5)]
    const task = { id: 'workers', title: '', unit: 'MH/s', samples: 7, rows, skipped: [] }
    const workers = (load: number): readonly GroupResult[] => [
      { group: 'workers', machine: { ...machine, node: '24.1.0', load }, facts: [], cases: [task] },
    ]
    expect(judged(workers(0), 'CPU-time')).toMatchObject({ figure: 15.5 / 16, verdict: 'holds' })
    expect(judged(workers(0.29), 'wall-clock')).toMatchObject({ figure: 15.5 / 32, verdict: 'missed' })
    expect(judged(workers(0.3), 'wall-clock')?.verdict).toBe('skipped')
  })

  it('compare given memory with its like, and new memory with what it takes alone', () => {
    const rows = [
      row('@chartseal/shamir, WASM engine', 100),
      row('@chartseal/shamir, WASM engine, given memory', 300),
      row('JS tables, new memory, fast', 10),
      row('JS tables, given memory, slow', 5),
      row('JS tables, given memory, fast', 15),
    ]
    const task = { id: 'split-1048576-2-3', title: '', unit: 'MB/s', samples: 7, rows, skipped: [] }
    const facts = [{ id: 'split-limit-2-3', title: '', value: 200, unit: 'MB/s' }]
    const results = [{ group: 'shamir', machine: { ...machine, node: '24.1.0' }, facts, cases: [task] }]
    expect(judged(results, 'split 1 MiB, t=2 n=3, new memory')?.figure).toBe(0.5)
    expect(judged(results, 'split 1 MiB, t=2 n=3, given memory')?.figure).toBe(20)
  })

  it('hold C in four lanes to another figure on each Node, and C with SHA instructions to none', () => {
    const rows = [row('C, the same work in four lanes', 18), row('C, SHA-NI, midstate', 60)]
    const all = verdicts([mining('20.1.0', rows), mining('24.1.0', rows)])
    const lanes = all.filter(({ gate }) => gate.figure === 'mining, 0 records, vs C in four lanes')
    expect(lanes.map(({ node, verdict }) => [node, verdict])).toEqual([
      ['24', 'missed'],
      ['20', 'holds'],
    ])
    const native = all.find(({ gate }) => gate.figure === 'mining, 0 records, vs C, SHA-NI at its best')
    expect(native?.verdict).toBe('reported')
  })

  it('hold a start of the command line to a multiple of a Node that does nothing', () => {
    const rows = [row('node -e 0', 40), row('--version', 100), row('explain', 160), row('message seal', 239)]
    const task = { id: 'command-line', title: '', unit: 'ms', samples: 7, rows, skipped: [] }
    const results = [
      { group: 'command-line', machine: { ...machine, node: '24.1.0' }, facts: [], cases: [task] },
    ]
    const told = verdicts(results).map(({ figure, verdict }) => [figure, verdict])
    expect(told).toEqual([
      [2.5, 'holds'],
      [4, 'missed'],
      [5.975, 'holds'],
    ])
  })

  it('hold the page to what a person waits for, and miss it where there is no Chromium', () => {
    const page = (facts: GroupResult['facts']): readonly GroupResult[] => [
      { group: 'page', machine: { ...machine, node: '24.1.0' }, facts, cases: [] },
    ]
    const facts = [
      { id: 'page-unlock-passphrase', title: '', value: 999, unit: 'ms' },
      { id: 'page-unlock-passkey', title: '', value: 1_000, unit: 'ms' },
      { id: 'page-first-load', title: '', value: 130_000, unit: 'bytes' },
    ]
    expect(verdicts(page(facts)).map(({ verdict }) => verdict)).toEqual(['holds', 'missed', 'missed'])
    expect(verdicts(page([])).every(({ verdict }) => verdict === 'missed')).toBe(true)
  })

  it('skip gossip by name, and hold a ledger to the seed and to noble', () => {
    const rows = [
      row('emr-ledger/v1, a chain as it is opened', 1_000),
      row('@noble/curves alone', 201),
      row('the seed’s checks in Python', 1_000),
    ]
    const task = { id: 'ledger-v1', title: '', unit: 'records/s', samples: 7, rows, skipped: [] }
    const results = [{ group: 'ledger', machine: { ...machine, node: '24.1.0' }, facts: [], cases: [task] }]
    expect(judged(results, 'v1: records verified in blocks of 25, vs the seed')?.verdict).toBe('holds')
    expect(judged(results, 'v1: records verified in blocks of 25, vs @noble')?.verdict).toBe('missed')
    expect(judged(results, 'by gossip')?.verdict).toBe('skipped')
    expect(gateTable(verdicts(results))).toContain('its packages are not installed')
  })

  it('leave out groups that did not run', () => {
    expect(verdicts([mining('24.1.0', [])]).every(({ gate }) => gate.group === 'mining')).toBe(true)
  })
})

describe('the table of the README', () => {
  const table = (results: readonly GroupResult[]) => readmeTable(results, verdicts(results))

  it('has six rows, each the figure of a gate, WebAssembly against JavaScript first', () => {
    expect(readmeRows).toHaveLength(6)
    for (const { figure } of readmeRows) expect(gates.map(gate => gate.figure)).toContain(figure)
    expect(readmeRows[0]?.figure).toContain('vs our JS engine')
  })

  it('has a column for each Node, in plain words', () => {
    const rows = [row('JS engine', 2.25), row('hash-wasm, fast', 32)]
    const text = table([mining('20.1.0', rows), mining('24.1.0', [])])
    expect(text).toContain('| medians, CPU time | Node 20 | Node 24 |')
    expect(text).toContain('WebAssembly against our JavaScript | 7.1 times as fast | not measured |')
    expect(text).toContain('on one thread | 16 million tries a second | 16 million tries a second |')
    expect(text).toContain('hash-wasm in its best mode | 2.0 times as slow | not measured |')
  })

  it('replaces what is between the markers and nothing else', () => {
    const text = 'before\n<!-- bench:begin -->\nold $1\n<!-- bench:end -->\nafter\n'
    const updated = withTable(text, 'new $1')
    expect(updated).toBe('before\n<!-- bench:begin -->\nnew $1\n<!-- bench:end -->\nafter\n')
    expect(withTable(updated, 'new $1')).toBe(updated)
  })
})

describe('a figure in a report', () => {
  it('has three digits, and a word where it came to nothing, which is null in a file of results', () => {
    expect(digits(JSON.parse('null'))).toBe('none')
    expect([0, 0.0123, 12.34, 123.4, 12345.6].map(digits)).toEqual(['0', '0.0123', '12.3', '123', '12,346'])
  })
})
