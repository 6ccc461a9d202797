// A date field in the reader's calendar: type the date, or open the month and walk it with the arrows.
// `Intl` knows both calendars, so nothing is loaded. Days travel as ISO text; all reckoning is in UTC.
const DAY = 864e5
const latin = text => text.replace(/[۰-۹٠-٩]/g, c => c.charCodeAt(0) & 15)
const iso = day => day.toISOString().slice(0, 10)
const plus = (day, days) => new Date(+day + days * DAY)
const read = text => (text ? new Date(text + 'T00:00:00Z') : null)

class Calendar {
  constructor(locale, persian) {
    const name = persian ? 'persian' : 'gregory'
    const format = options => new Intl.DateTimeFormat(`${locale}-u-ca-${name}`, { timeZone: 'UTC', ...options })
    this.persian = persian
    this.numbers = new Intl.DateTimeFormat(`en-u-ca-${name}-nu-latn`, { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: 'UTC' })
    this.full = format({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
    this.month = format({ month: 'long' })
    this.weekday = format({ weekday: persian ? 'narrow' : 'short' })
    this.weekdayLong = format({ weekday: 'long' })
    this.number = new Intl.NumberFormat(locale, { useGrouping: false })
    this.firstWeekday = persian ? 6 : 1
  }
  parts(day) {
    const found = {}
    for (const { type, value } of this.numbers.formatToParts(day)) found[type] = parseInt(value)
    return found
  }
  title(day) { return this.month.format(day) + ' ' + this.number.format(this.parts(day).year) }
  write(day) {
    const { year, month, day: number } = this.parts(day)
    const two = n => this.number.format(n).padStart(2, this.number.format(0))
    return this.persian ? `${this.number.format(year)}/${two(month)}/${two(number)}` : `${year}-${two(month)}-${two(number)}`
  }
  find(year, month, day) {
    const guess = Date.UTC(this.persian ? year + 621 : year, this.persian ? month + 1 : month - 1, this.persian ? 20 + day : day)
    for (let near = -40; near <= 40; near++) {
      const found = plus(new Date(guess), near), p = this.parts(found)
      if (p.year === year && p.month === month && p.day === day) return found
    }
    return null
  }
  read(text) {
    const match = latin(text.trim()).match(/^(\d{4})[-\/.](\d{1,2})[-\/.](\d{1,2})$/)
    return match ? this.find(...match.slice(1).map(Number)) : null
  }
  first(day) { return plus(day, 1 - this.parts(day).day) }
  shift(day, months) { // the same day of another month, or that month's last
    const { day: number } = this.parts(day)
    let start = this.first(day)
    for (let i = 0; i < Math.abs(months); i++) start = this.first(plus(start, months > 0 ? 32 : -1))
    const next = this.first(plus(start, 32))
    return plus(start, Math.min(number, Math.round((next - start) / DAY)) - 1)
  }
  weekIndex(day) { return (day.getUTCDay() - this.firstWeekday + 7) % 7 }
}

const element = (name, attributes = {}, text) => {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

export default function ({ parentElement: root, data, setStateValue }) {
  const { texts } = data
  const part = name => root.querySelector('.' + name)
  const [box, label, field, button, note, pop] = ['box', 'label', 'field', 'open', 'note', 'pop'].map(part)
  const calendar = new Calendar(data.locale, data.persian)
  const min = read(data.min), max = read(data.max), today = read(data.today)
  const allowed = day => !(min && day < min) && !(max && day > max)
  const clamp = day => (min && day < min ? min : max && day > max ? max : day)
  let value = read(data.value), at

  box.dir = data.persian ? 'rtl' : 'ltr'
  label.textContent = data.label
  field.placeholder = calendar.write(today)
  button.setAttribute('aria-label', texts.open)
  pop.setAttribute('aria-label', data.label)

  const say = problem => {
    note.textContent = problem ?? ''
    field.setAttribute('aria-invalid', problem ? 'true' : 'false')
  }
  const show = () => { field.value = value ? calendar.write(value) : ''; say() }
  const keep = day => {
    const before = value
    value = day
    show()
    if (+before !== +day) setStateValue('value', day ? iso(day) : null)
  }
  const close = () => {
    if (pop.hidden) return
    pop.hidden = true
    button.setAttribute('aria-expanded', 'false')
    button.focus()
  }
  const take = day => { if (allowed(day)) { keep(day); close() } }

  const cell = day => {
    const made = element('button', {
      type: 'button', role: 'gridcell', 'data-day': iso(day), 'aria-label': calendar.full.format(day),
      'aria-selected': String(+day === +value), tabindex: +day === +at ? '0' : '-1',
      'aria-current': +day === +today ? 'date' : undefined, 'aria-disabled': allowed(day) ? undefined : 'true',
    }, calendar.number.format(calendar.parts(day).day))
    return made
  }
  const head = () => {
    const made = element('div', { class: 'head' })
    const step = (months, text, name) => {
      const arrow = element('button', { type: 'button', 'aria-label': text, 'data-step': months }, name)
      arrow.onclick = () => go(calendar.shift(at, months), true)
      return arrow
    }
    const [back, on] = data.persian ? ['›', '‹'] : ['‹', '›']
    made.append(
      step(-12, texts.last_year, back + back), step(-1, texts.last_month, back),
      element('strong', { 'aria-live': 'polite' }, calendar.title(at)),
      step(1, texts.next_month, on), step(12, texts.next_year, on + on))
    return made
  }
  const grid = () => {
    const made = element('div', { class: 'grid', role: 'grid', 'aria-label': calendar.title(at) })
    const start = plus(calendar.first(at), -calendar.weekIndex(calendar.first(at)))
    const names = element('div', { role: 'row' })
    for (let i = 0; i < 7; i++) {
      const day = plus(start, i)
      names.append(element('span', { role: 'columnheader', 'aria-label': calendar.weekdayLong.format(day) }, calendar.weekday.format(day)))
    }
    made.append(names)
    const { month } = calendar.parts(at)
    for (let week = start; week <= plus(start, 35); week = plus(week, 7)) {
      const row = element('div', { role: 'row' })
      for (let i = 0; i < 7; i++) {
        const day = plus(week, i)
        row.append(calendar.parts(day).month === month ? cell(day) : element('span', { role: 'gridcell' }))
      }
      if (row.querySelector('button')) made.append(row)
    }
    return made
  }
  const foot = () => {
    const made = element('div', { class: 'foot' })
    const now = element('button', { type: 'button' }, texts.today)
    now.onclick = () => (allowed(today) ? take(today) : go(clamp(today)))
    made.append(now)
    if (data.clearable) {
      const none = element('button', { type: 'button' }, texts.clear)
      none.onclick = () => { keep(null); close() }
      made.append(none)
    }
    return made
  }
  const go = (day, stay = false) => {
    const step = stay && root.activeElement?.dataset.step
    at = clamp(day)
    pop.replaceChildren(head(), grid(), foot())
    pop.querySelector(step ? `[data-step="${step}"]` : `[data-day="${iso(at)}"]`)?.focus()
  }
  const open = () => {
    pop.hidden = false
    button.setAttribute('aria-expanded', 'true')
    go(value ?? clamp(today))
  }

  button.onclick = () => (pop.hidden ? open() : close())
  field.onchange = () => {
    const text = field.value
    const day = calendar.read(text)
    if (!text.trim() && data.clearable) return keep(null)
    if (!day) return say(texts.unreadable)
    if (!allowed(day)) return say(texts.outside)
    keep(day)
  }
  field.onkeydown = event => { if (event.key === 'ArrowDown') { event.preventDefault(); open() } }
  pop.onclick = event => {
    const day = event.target.closest('[data-day]')?.dataset.day
    if (day) take(read(day))
  }
  pop.onkeydown = event => {
    if (event.key === 'Escape') { event.stopPropagation(); return close() }
    if (!root.activeElement?.dataset.day) return
    const on = data.persian ? -1 : 1
    const index = calendar.weekIndex(at)
    const moves = {
      ArrowRight: () => plus(at, on), ArrowLeft: () => plus(at, -on), ArrowDown: () => plus(at, 7), ArrowUp: () => plus(at, -7),
      Home: () => plus(at, -index), End: () => plus(at, 6 - index),
      PageDown: () => calendar.shift(at, event.shiftKey ? 12 : 1), PageUp: () => calendar.shift(at, event.shiftKey ? -12 : -1),
    }
    if (moves[event.key]) { event.preventDefault(); go(moves[event.key]()) }
  }
  box.onfocusout = event => { // leaving by Tab closes; a redrawn month has no next focus yet
    if (event.relatedTarget && !box.contains(event.relatedTarget)) { pop.hidden = true; button.setAttribute('aria-expanded', 'false') }
  }
  const outside = event => { if (!event.composedPath().includes(root.host ?? root)) { pop.hidden = true; button.setAttribute('aria-expanded', 'false') } }
  root.leave?.()
  document.addEventListener('pointerdown', outside)
  root.leave = () => document.removeEventListener('pointerdown', outside)
  show()
  return () => root.leave()
}
