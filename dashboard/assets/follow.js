// Streamlit calls this again whenever `data` changes and cleans up only once, at the end: the element before has to
// be closed by us. Addresses are relative, since the board may live below a path of a proxy.
const ASK_EVERY = 4000, SILENCE = 20000, WAIT = 100, SETTLED = 1000
const running = new WeakMap()
// What somebody has just sent moves the log while its turn still runs. A turn asked for then would break that one off
// with the address of before: its answer would not be seen, or the page go back to the form. That a turn runs is told
// some time after the click that asked for it; so nothing is asked for right after one, nor while somebody types.
const TOUCHES = ['click', 'keydown', 'change']
let touched = -SETTLED
const touch = () => { touched = performance.now() }
const busy = () => performance.now() - touched < SETTLED
  || /^running|requested/i.test(document.querySelector('[data-testid=stApp]')?.dataset.testScriptState ?? '')

export default function ({ parentElement, data, setStateValue }) {
  running.get(parentElement)?.()
  let source, asking, silence, telling
  let known = data.head
  const tell = head => {
    clearTimeout(telling)
    if (busy()) telling = setTimeout(tell, WAIT, head)
    else setStateValue('head', (known = head))
  }
  const see = head => {
    if (Number.isInteger(head) && head !== known) tell(head)
  }
  const ask = async () => {
    try { see((await (await fetch('api/head')).json()).head) } catch { /* the next question may be answered */ }
  }
  const poll = () => { source?.close(); asking ??= setInterval(ask, ASK_EVERY); ask() }
  const stop = () => { source?.close(); clearInterval(asking); clearTimeout(silence); source = asking = undefined }
  const listen = () => {
    stop()
    source = new EventSource('api/events')
    silence = setTimeout(poll, SILENCE) // a proxy that buffers lets nothing through
    source.onmessage = event => { clearTimeout(silence); see(Number(event.data)) }
    source.onerror = () => { if (source?.readyState === EventSource.CLOSED) poll() }
  }
  const turn = () => (document.hidden ? stop() : listen())
  const listening = new AbortController(), { signal } = listening
  const close = () => { listening.abort(); clearTimeout(telling); stop() }
  for (const kind of TOUCHES) document.addEventListener(kind, touch, { capture: true, signal })
  document.addEventListener('visibilitychange', turn, { signal })
  running.set(parentElement, close)
  turn()
  return () => running.get(parentElement)?.()
}
