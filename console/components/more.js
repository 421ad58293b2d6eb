// Loads the next page when the end of a list comes into view. The button does the same by keyboard.
import { html, useEffect, useRef } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";

export function More({ onMore, isLoading }) {
  const end = useRef(null);
  const more = useRef(onMore);
  more.current = onMore;
  useEffect(() => {
    if (isLoading) return undefined;
    const observer = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more.current(), {
      rootMargin: "600px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [isLoading]);
  return html`<div class="more" ref=${end}><${Button} look="quiet" isBusy=${isLoading} onClick=${onMore}>${texts.more}<//></div>`;
}
