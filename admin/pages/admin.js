// Everything works without this script; with it, previews come by themselves, keys
// save a way to the mouse, and what can't be taken back is asked about.
'use strict';
document.addEventListener('submit', e => {
  const sure = e.submitter?.dataset.sure ?? e.target.dataset.sure; // a button's own question, or its form's
  if (sure && !confirm(sure)) e.preventDefault();
});
// What was sent shows that it is under way, and is not sent twice.
document.addEventListener('submit', e => {
  const b = e.submitter;
  if (e.defaultPrevented || !b || e.target.method !== 'post') return;
  if (b.ariaBusy === 'true') e.preventDefault();
  else b.ariaBusy = 'true';
});
addEventListener('pageshow', () => { for (const b of document.querySelectorAll('button[aria-busy]')) b.ariaBusy = null; });
document.addEventListener('click', e => {
  const b = e.target.closest('[data-copy]');
  if (!b) return;
  const text = b.dataset.copy;
  (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject()).then(
    () => { b.textContent = '✓'; },
    () => { const r = document.createRange(); r.selectNodeContents(b.previousElementSibling); const s = getSelection(); s.removeAllRanges(); s.addRange(r); });
});
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(input|select|textarea)$/i.test(e.target.tagName)) return;
  const at = document.querySelector('[data-key="' + CSS.escape(e.key) + '"]');
  if (!at || e.key === 's') return;
  e.preventDefault();
  if (at.tagName === 'INPUT') at.focus(); else at.click();
});
document.addEventListener('keydown', e => {
  if (!(e.ctrlKey || e.metaKey) || e.key !== 's') return;
  const at = document.querySelector('button[data-key="s"]');
  if (at) { e.preventDefault(); at.click(); }
});
// A suggested phrase becomes a line of the rule.
document.addEventListener('click', e => {
  const b = e.target.closest('[data-add]'), to = b && document.querySelector('textarea[name="' + b.dataset.add + '"]');
  if (!to) return;
  to.value = (to.value.trimEnd() + '\n' + b.textContent).trimStart();
  b.disabled = true;
  to.dispatchEvent(new Event('input', { bubbles: true }));
});
const rule = document.getElementById('rule'), shown = document.getElementById('preview');
if (rule && shown) {
  let timer, running;
  const look = whole => {
    if (running) running.abort();
    running = new AbortController();
    shown.classList.add('busy');
    const asked = new URLSearchParams(new FormData(rule));
    if (whole) asked.set('whole', '1');
    fetch('/admin/topics/preview', { method: 'POST', body: asked, headers: { 'X-Fragment': '1' }, signal: running.signal })
      .then(r => r.text())
      .then(t => {
        const kept = shown.querySelector('.sum') && shown.querySelector('.suggest')?.open; // as the editor left it
        shown.innerHTML = t;
        if (kept && shown.querySelector('.suggest')) shown.querySelector('.suggest').open = true;
        shown.classList.remove('busy');
      })
      .catch(() => {});
  };
  rule.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 500, false); });
  document.addEventListener('click', e => {
    const b = e.target.closest('[data-preview]');
    if (b) { e.preventDefault(); clearTimeout(timer); look(b.name === 'whole'); }
  });
  if (rule.elements.include_any.value) look(false);
}
