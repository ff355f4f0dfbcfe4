/** The month that runs, yyyy-mm. Months are Beijing's, whatever the machine's zone. */
export const thisMonth = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit' }).format(new Date()).slice(0, 7)
