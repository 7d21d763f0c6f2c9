/** A modal question: native <dialog>, so focus and Escape behave as everywhere. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
  /** As large as the screen lets it be: for tables. */
  full?: boolean;
}

export function Dialog({ title, onClose, children, wide = false, full = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next paint: what is typed right after the key that opened it belongs to it.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} class={full ? "dialog is-full" : wide ? "dialog is-wide" : "dialog"} aria-label={title} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

export function dialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
