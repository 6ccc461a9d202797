// Streamlit takes its locale from the browser; the board's language is the reader's choice. Grids, metrics and
// the date popup then write Persian digits and Jalali dates of their own accord.
{
  const locale = document.currentScript.dataset.locale
  for (const [name, value] of [['language', locale], ['languages', [locale]]])
    Object.defineProperty(navigator, name, { get: () => value, configurable: true })
  window[Symbol.for('react-aria.i18n.locale')] = locale
}
// A number field drops the digits of a Persian keyboard and would then save a blank: write them as 0–9 on the way in.
{
  const foreign = /[۰-۹٠-٩٫]/
  const latin = c => (c === '٫' ? '.' : foreign.test(c) ? String(c.charCodeAt(0) & 15) : c)
  const numeric = field =>
    (field.tagName === 'INPUT' &&
      (field.type === 'number' || ['numeric', 'decimal'].includes(field.inputMode) || field.closest('.gdg-input, #portal'))) ||
    field.getAttribute?.('role') === 'spinbutton'
  addEventListener('beforeinput', event => {
    const text = event.data ?? event.dataTransfer?.getData('text/plain')
    if (!text || !event.inputType.startsWith('insert') || !foreign.test(text) || !numeric(event.target)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    document.execCommand('insertText', false, Array.from(text, latin).join(''))
  }, true)
}
// Grids run from left to right whatever the page does and have their columns turned: reading starts at their right end.
addEventListener('DOMContentLoaded', () => {
  if (document.documentElement.dir !== 'rtl') return
  new MutationObserver(changes => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        for (const grid of node.querySelectorAll?.('.dvn-scroller') ?? [])
          setTimeout(() => (grid.scrollLeft = grid.scrollWidth), 200)
  }).observe(document.body, { childList: true, subtree: true })
})
// The way past the menu: the address stays as it is, so that the page is not drawn anew.
addEventListener('click', event => {
  if (!event.target.closest?.('.b-skip')) return
  event.preventDefault()
  document.querySelector('[data-testid=stMain]')?.focus()
})
