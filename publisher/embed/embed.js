// <tinhub-feed topic="ID" items="5"><a href="https://HUB/topics/ID">Tin</a></tinhub-feed>
// or province="SLUG" in place of topic.
// Attributes: topic, province, items, key, heading, theme (light, dark, auto), images, target, hub.
// Looks: --tinhub-ink, --tinhub-quiet, --tinhub-link, --tinhub-line, --tinhub-paper,
// --tinhub-font; parts heading, list, item, link, source, image, more, state.
(() => {
'use strict';
if (customElements.get('tinhub-feed')) return;
const here = document.currentScript ? new URL(document.currentScript.src).origin : location.origin;
const dark = host => host + '{color:var(--tinhub-ink,#e8ece9);--q:var(--tinhub-quiet,#a3aeaa);--l:var(--tinhub-link,#86dcc6);--e:var(--tinhub-line,#333e3b)}';
const style = `
:host{display:block;font:var(--tinhub-font,inherit);color:var(--tinhub-ink,#1d2321);background:var(--tinhub-paper,transparent);
--i:var(--tinhub-ink,#1d2321);--q:var(--tinhub-quiet,#59635f);--l:var(--tinhub-link,#0b5546);--e:var(--tinhub-line,#ddd7ca)}
:host([hidden]){display:none}
${dark(':host([theme=dark])')}
@media (prefers-color-scheme:dark){${dark(':host([theme=auto])')}}
h2{font-size:1.15em;margin:0 0 .4em}
ol{list-style:none;margin:0;padding:0}
li{padding:.55em 0;border-bottom:1px solid var(--e);overflow-wrap:anywhere;display:flow-root}
li:last-child{border:0}
a{color:var(--l);text-decoration:none;font-weight:600}
a:hover{text-decoration:underline}
a:focus-visible{outline:3px solid #f2b631;outline-offset:2px}
p{margin:.15em 0 0;font-size:.85em;color:var(--q)}
img{float:right;width:6em;height:4em;object-fit:cover;border-radius:6px;margin-left:.7em}
.wait{height:1.1em;border-radius:4px;background:var(--e);margin:.2em 0}
.wait+.wait{width:55%}
@media (prefers-reduced-motion:no-preference){.wait{animation:b 1.4s infinite alternate}@keyframes b{to{opacity:.4}}}`;
let sheet = null;
// A sheet made by script needs no style-src of the page.
try { sheet = new CSSStyleSheet(); sheet.replaceSync(style); } catch { sheet = null; }
const fetched = new Map(); // address: {at, answer}: one request, however many widgets show it
const ask = address => {
  const old = fetched.get(address);
  if (old && Date.now() - old.at < 60000) return old.answer;
  const answer = fetch(address, { credentials: 'omit', referrerPolicy: 'origin', headers: { Accept: 'application/feed+json' } })
    .then(r => { if (!r.ok) throw Object.assign(new Error(r.status), { status: r.status }); return r.json(); });
  fetched.set(address, { at: Date.now(), answer });
  answer.catch(() => fetched.delete(address));
  return answer;
};
const make = (name, part, text) => {
  const e = document.createElement(name);
  if (part) e.setAttribute('part', part);
  if (text) e.textContent = text;
  return e;
};
// Only what a reader may open: a feed is written by anybody.
const safe = address => { try { const u = new URL(address); return /^https?:$/.test(u.protocol) ? u.href : ''; } catch { return ''; } };
const zone = { timeZone: 'Asia/Ho_Chi_Minh' };
const day = d => d.toLocaleDateString('vi-VN', { ...zone, day: '2-digit', month: '2-digit', year: 'numeric' });
const when = text => {
  const d = new Date(text);
  if (isNaN(d)) return '';
  const now = Date.now(), minutes = Math.round((now - d) / 60000);
  if (minutes >= 0 && minutes < 60) return minutes < 1 ? 'vừa xong' : minutes + ' phút trước';
  const hour = d.toLocaleTimeString('vi-VN', { ...zone, hour: '2-digit', minute: '2-digit' });
  if (day(d) === day(new Date(now))) return hour + ' hôm nay';
  if (day(d) === day(new Date(now - 864e5))) return hour + ' hôm qua';
  return day(d);
};
customElements.define('tinhub-feed', class extends HTMLElement {
  static observedAttributes = ['topic', 'province', 'items', 'key', 'heading', 'hub', 'images', 'target'];
  connectedCallback() {
    if (!this.root) {
      this.root = this.attachShadow({ mode: 'open' });
      if (sheet) this.root.adoptedStyleSheets = [sheet];
      this.box = make('section');
      this.root.append(this.box);
    }
    this.box.setAttribute('aria-busy', 'true');
    this.wait();
    this.seen = new IntersectionObserver(list => {
      this.visible = list.some(e => e.isIntersecting);
      if (this.visible) this.look();
    }, { rootMargin: '300px' });
    this.seen.observe(this);
    this.turn = () => { if (!document.hidden && this.visible) this.look(); };
    document.addEventListener('visibilitychange', this.turn);
    // Ten minutes and a little, so that many pages don't ask together.
    this.timer = setInterval(this.turn, 6e5 + Math.random() * 12e4);
  }
  disconnectedCallback() {
    this.seen.disconnect();
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.turn);
  }
  attributeChangedCallback(name, old, now) { if (this.visible && old !== now) this.look(); }
  get base() { return (safe(this.getAttribute('hub')) || here).replace(/\/$/, ''); }
  get address() {
    const key = this.getAttribute('key'), province = this.getAttribute('province');
    return this.base + (province ? '/provinces/' : '/topics/') + encodeURIComponent(province || this.getAttribute('topic') || 'tat-ca') + '.json' + (key ? '?key=' + encodeURIComponent(key) : '');
  }
  wait() {
    const ol = make('ol', 'list');
    for (let i = 0; i < 3; i++) {
      const li = make('li', 'item');
      for (let k = 0; k < 2; k++) { const d = make('div'); d.className = 'wait'; li.append(d); }
      ol.append(li);
    }
    ol.setAttribute('aria-hidden', 'true');
    this.box.replaceChildren(ol);
  }
  look() {
    const address = this.address;
    ask(address).then(feed => { if (address === this.address) this.draw(feed); }, e => this.failed(e));
  }
  draw(feed) {
    const most = Math.min(Math.max(parseInt(this.getAttribute('items'), 10) || 5, 1), 50);
    const title = this.hasAttribute('heading') ? this.getAttribute('heading') : feed.title;
    const list = make('ol', 'list');
    for (const it of (feed.items || []).slice(0, most)) list.append(this.item(it));
    const all = [];
    if (title) all.push(make('h2', 'heading', title));
    if (list.children.length) all.push(list); else all.push(make('p', 'state', 'Chưa có tin.'));
    const home = safe(feed.home_page_url);
    if (home) { const p = make('p', 'more'); p.append(this.link(home, 'Xem tất cả')); all.push(p); }
    this.box.setAttribute('aria-label', title || 'Tin');
    this.box.setAttribute('aria-busy', 'false');
    this.box.replaceChildren(...all);
    this.dispatchEvent(new CustomEvent('tinhub-shown', { bubbles: true, composed: true, detail: { items: list.children.length } }));
  }
  link(address, text, part) {
    const a = make('a', part || 'link', text);
    a.href = address;
    const target = this.getAttribute('target');
    if (target) a.target = target;
    a.rel = 'noopener';
    return a;
  }
  item(it) {
    const li = make('li', 'item'), from = (it._tinhub && it._tinhub.source) || {}, address = safe(it.url), text = it.title || from.name || '';
    const image = this.hasAttribute('images') && safe(it.image);
    if (image) { const i = make('img', 'image'); i.alt = ''; i.loading = 'lazy'; i.referrerPolicy = 'no-referrer'; i.src = image; i.onerror = () => i.remove(); li.append(i); }
    li.append(address ? this.link(address, text) : make('span', 'link', text));
    const p = make('p', 'source', from.name ? 'Theo ' + from.name : ''), time = make('time', '', when(it.date_published));
    if (time.textContent) { time.dateTime = it.date_published; if (from.name) p.append(' · '); p.append(time); }
    li.append(p);
    return li;
  }
  // A refusal comes without a status: it is not for this page to read.
  // What was shown goes on being shown; where nothing was, the page's own link is.
  failed(e) {
    this.box.setAttribute('aria-busy', 'false');
    if (this.box.querySelector('[part=heading],[part=state]')) return;
    const s = make('p', 'state', e.status === 404 ? 'Không có chuyên đề này.' : 'Chưa tải được tin: máy chủ không trả lời, hoặc trang này chưa được phép.');
    this.box.replaceChildren(s, make('slot'));
  }
});
})();
