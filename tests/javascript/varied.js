class A extends B { #x = 1; static #y; get a() { return this.#x; } set a(v) { this.#x = v; } static { let q = 1; } constructor(c) { super(c); } static async *m() { yield* this.#y; } }
//---
async function* f(a, { b, c: [d] = [], ...e }, ...g) { for await (const x of y) { await x; yield x; } }
//---
const o = { a, b: 1, [c]: 2, get d() { return 1; }, set d(v) {}, async e() {}, *f() {}, async *g() {}, "h": 3, 1: 2, ...i };
//---
for (let i = 0, j = 1; i < 3; i++) { if (i) continue; else break; } for (const [k, v] of m) ; for (var z in o) {}
//---
a: for (;;) { b: while (1) { continue a; break b; } } do { x-- } while (x) switch (x) { case 1: let y; default: function w() {} }
//---
try { a(); } catch ({ message, ...r }) { var q; } finally { } try {} catch { } try {} catch (e) { var e; }
//---
(a, b = 1, ...c) => a ** b; async x => await x; async (y, z) => { return y ?? z; }; ({ a }) => ({ a }); (-1) ** 2;
//---
a?.b?.[c]?.(d); new.target; new a.b(c); new (a())(); delete a.b; typeof a; void 0; `x${a}y${`z${b}`}`; String.raw`\u{110000}`;
//---
[a, b = 1, [c], ...d] = e; ({ a, b: c, d = 1, ...f } = g); [a.b, c[d]] = e; x ??= y; x ||= z; x &&= w; x **= 2;
//---
function g(a, b) { "use strict"; var c; return function h() { return arguments.length; }; } function* gen() { const x = yield; yield* y; }
//---
if (a) b; else if (c) d; else { e } with (o) { p } debugger; throw x; let { q, r: { s } } = t, u = 1; label: { break label; }
//---
var re = /[a-z]+(?<n>x)\k<n>/u, r2 = /(?<=a+)b/g; a = b / c / d; x = y /re/ z; if (a) /re/.test(b); 0x1F + 0b11 + 0o17 + 1_000 + 1e3 + 10n;
//---
class C { static a = 1; b = this.a; 'c' = 2; 3 = 4; [d] = 5; get; set; static; async; get e() {} static f() {} static async g() {} async *h() {} #p() {} static get [i]() {} has(o) { return #p in o; } }
//---
"use strict"; let x = function () { return this; }; class D { m(a) { return super.m(a); } } const y = () => { let z; { let z; } };
//---
async function m() { await Promise.all([a, b].map(async (c) => await c)); const { d } = await e; for await (f of g); return () => import("x"); }
//---
let a = b
++c
let d = e
(f)
return
[1]
var async = 1; async = 2; async(); let = 3; yield = 4; await = 5; get = set; of = 6; static_ = 7;
//---
x = a ? b : c ? d : e, f = (g, h), i = j => k, l = a || b && c, m = a == b != c < d in e instanceof f << 2 >>> 1;
//---
label: function foo() {} if (1) function bar() {} { function baz() {} function baz() {} } var baz; <!-- x
--> y
