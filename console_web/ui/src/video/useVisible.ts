import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** True while the element is on screen and the window is not hidden: an unseen picture must not cost a connection. */
export function useVisible(ref: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false);
  const [shown, setShown] = useState(!document.hidden);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) setInView(entry.isIntersecting);
    });
    observer.observe(element);
    const onHidden = (): void => setShown(!document.hidden);
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onHidden);
    };
  }, [ref]);
  return inView && shown;
}
