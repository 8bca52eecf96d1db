/** A place for one file: dropped there, or chosen with the browser. */
import { useSignal } from '@preact/signals'
import type { RecordKey, Words } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { cleanFileName } from '../thread/file-name.js'
import { FileButton } from './parts.js'

interface DropProps {
  readonly legend: RecordKey
  /** What stands here while there is no file. */
  readonly help: RecordKey
  readonly file: Pick<File, 'name' | 'size'> | null
  readonly onFile: (file: File) => void
  readonly isBusy: boolean
  readonly words: Words
  readonly texts: Texts
}

export function DropFile({ legend, help, file, onFile, isBusy, words, texts }: DropProps) {
  const isOver = useSignal(false)
  return (
    <fieldset
      disabled={isBusy}
      onDragOver={event => {
        event.preventDefault()
        isOver.value = true
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={event => {
        event.preventDefault()
        isOver.value = false
        const [dropped] = event.dataTransfer?.files ?? []
        if (dropped !== undefined && !isBusy) onFile(dropped)
      }}
    >
      <legend>{words(legend)}</legend>
      <div class={isOver.value ? 'drop over' : 'drop'}>
        <p>
          {file === null ? (
            words(help)
          ) : (
            <>
              <bdi>{cleanFileName(file.name)}</bdi>, {texts.size(file.size)}
            </>
          )}
        </p>
        {isBusy ? null : (
          <FileButton label={words(file === null ? 'share.choose' : 'share.other')} onFile={onFile} />
        )}
      </div>
    </fieldset>
  )
}
