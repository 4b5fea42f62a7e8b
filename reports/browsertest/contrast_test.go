package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// contrasts returns the texts of the page whose contrast is below that of WCAG 2.2, level AA.
const contrasts = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (element) => {
    const badge = element.closest("svg[aria-label^='Socket.IO']");
    if (badge) {
      return rgba(getComputedStyle(badge.querySelector(element.previousElementSibling ? "path" : "rect")).fill);
    }
    const panel = element.closest("g.verdict")?.querySelector(".panel");
    if (panel) {
      return rgba(getComputedStyle(panel).fill);
    }
    for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] === 255) {
        return c;
      }
    }
    return rgba("white");
  };
  const low = new Set();
  let seen = 0;
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim() !== "");
    if (!own || element.matches("script, style, option") || !element.checkVisibility()) {
      continue;
    }
    seen++;
    const style = getComputedStyle(element);
    const text = luminance(rgba(element instanceof SVGElement ? style.fill : style.color));
    const ground = luminance(behind(element));
    const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      low.add(ratio.toFixed(2) + " " + element.tagName + "." + (element.className.baseVal ?? element.className) + ": " + element.textContent.trim().slice(0, 40));
    }
  }
  return seen < 200 ? ["only " + seen + " texts"] : [...low];
})()`

func TestContrast(t *testing.T) {
	b := open(t, failures())
	eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true`)
	for _, scheme := range []string{"light", "dark"} {
		b.do(t, media("screen", scheme))
		for _, low := range eval[[]string](t, b, contrasts) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
		b.do(t, chromedp.EmulateViewport(1200, 4000))
		b.shot(t, "all-"+scheme)
	}
}
